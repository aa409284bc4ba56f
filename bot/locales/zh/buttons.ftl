# 按钮,尽量短

button-hold = 我来处理
button-accept-now = 接收,立即来
button-accept-at = 接收 · { $time }
button-accept-no-time = 接收,时间再定
button-time = { $time }
button-place = { $place }
button-other-time = 其他时间
button-offer-time = 约时间
button-decline = 不能接收
button-advise = 建议就地处理
button-redirect = 改送别处
button-route = 选择接收方
button-ask = 问转出方
button-answer = 答复
button-insist = 坚持转诊
button-follow-advice = 照办,结束
button-give-back = 退回
button-patient-agrees = 病人能来
button-patient-other-time = 病人要改时间
button-set-out = 病人已出发
button-arrived = 已到院
button-missed = 没有来
button-note = 写进展
button-report = 报结果
button-priority = 改优先级
button-consent = 已知情同意
button-ask-cancel = 要求取消
button-agree-cancel = 同意取消
button-refuse-cancel = 不同意
button-withdraw = 撤回
button-close = 结束
button-reopen = 重新打开
button-details = 详情
button-open = 打开
button-fold = 收起
button-more = 更多
button-back = 返回
button-form-received = 已收到
button-form-not-ours = 不是我们的病人
button-form-no-medicine = 药品本中心没有
button-form-not-found = 找不到病人
button-called = 已联系,都好
button-called-worse = 已联系,不舒服
button-told-coming = 已告知,会来
button-told-later = 已告知,改天
button-told-worse = 已告知,不舒服
button-seen = 已看过
button-not-reached = 联系不上
button-i-come = 能来
button-i-another = 换时间
button-i-cannot = 来不了
button-i-set-out = 我出发了
button-i-fine = 都好
button-no-danger = 都没有
button-i-worse = 不舒服
button-sure-another = 确定,换时间
button-sure-cannot = 确定,来不了
button-not-sure = 返回
button-wrong-reading = 写错了
button-language-zh = 中文
button-language-en = English
button-whom = { $whom ->
    [self] 我自己
    [mother] 妈妈
    [father] 爸爸
    [spouse] 爱人
    [child] 孩子
   *[other] 家人
}

button-stable = 病情稳定
button-send-down = 下转 → { $place }
button-down-criteria = 下转条件
button-down-met = ✓ { $item }
button-down-unmet = ✗ 非：{ $item }
