# 总值班的清单

board-title = 总值班：{ $count } 件未结
board-count-stat = 急诊 { $count }
board-count-asap = 加急 { $count }
board-count-urgent = 紧急 { $count }
board-count-routine = 普通 { $count }
board-to-route = 待分送 { $count }
board-overdue = 已催 { $count }
board-lost = 可能没送达 { $count }
board-unidentified = 身份待核 { $count }
board-follow-ups = 随访 { $count }
board-line = { $code } { $stage }
board-kind-discharge = 回转单
board-kind-plan = 病人不舒服
board-may-not-have-arrived = 可能没送达，请打电话
board-at-to_be_routed = 待分送
board-at-offered = 等回复
board-at-held = 有人在处理
board-at-information_asked = 等补充
board-at-declined = 被拒，待改送
board-at-advised = 建议就地处理
board-at-accepted = 已接收，未约时间
board-at-time_offered = 等病人确认
board-at-confirmed = 已约好
board-at-on_the_way = 在路上
board-at-time_passed = 到没到？
board-at-missed = 没有来
board-at-arrived = 已到院，等结果
board-at-return_form_due = 待发
board-at-return_form_unread = 待确认
board-at-follow_up_due = 随访
board-at-danger_asked = 在问危险信号
board-at-danger_unseen = 还没有医生看
board-at-cancel_asked = 要求取消
board-asked = 已问：{ $who }
board-call-recipient = 接收方 24 小时电话 { $line }
board-call-initiator = 转出方电话 { $line }
board-below = 见下面的卡片。
board-not-yours = 这里是总值班的清单。

menu-by_phone = 电话里怎么说？
menu-close_now = 这个科室暂停接收多久？
button-take-over = 转到我名下
button-ask-next = 问下一位
button-by-phone = 电话记录
button-said-accepts = { $who }：接收
button-said-declines = { $who }：没有床位
button-close-now = 暂停接收
button-close-2h = 2 小时
button-close-12h = 12 小时
button-close-24h = 24 小时
button-open-again = 恢复接收
button-earlier = 上一页
button-later = 下一页
button-again = 刷新
button-identify = 身份待核
command-board = 总值班清单

identify-nobody = 没有身份待核的病人。
identify-ask = 这位病人的身份还没有核对（{ $codes }）。{ $why }还有 { $left } 位。核对前不给病人发消息。
identify-doubt-provisional = 来文只有编号，没有身份资料。
identify-doubt-birth = 出生日期与登记的不同。
identify-doubt-sex = 性别与登记的不同。
identify-number = 请写下病人的身份证号，直接回复。
identify-unknown = 没有找到这个号码的病人，没有改动。
identified = 已并入已登记的病人。
button-separate = 并错了,是两个人
separated = 已分开，这位病人的身份重新待核。如果另一位误收到就诊时间，请打电话说明。
identified-new = 已核对。
button-identify-new = 核对无误，就是本人
button-identify-number = 是已登记的另一位，写号码
taken-over = { $count ->
    [0] 已有人接手。
   *[other] 已转到您名下 { $count } 位。
}
hand-over-title = { $time } 交班：{ $count } 位病人已接收、未到院
hand-over-line = { $code } { $stage } · { $who }
button-take-all = 全部接手
duty-unreachable-title = 明天值班的有 { $count } 位现在联系不上（没有聊天账号）：
duty-unreachable-line = { $who } · { $where }
duty-unreachable-more = 还有 { $count } 位。
digest-title = { $count } 份转诊等待回复，最早须在 { $time } 前
digest-title-open = { $count } 份转诊等待处理

# 邀请病人
command-invite = 给病人看二维码
invite-usage = 请写上转诊编号，例如 /invite R-7K2F4。
invite-unidentified = 这位病人的身份还没有核对，或缺少出生年份和手机号，不能邀请。
invite-shown = { $code } 的二维码：请病人用手机扫，再回复出生年份或手机号后四位。只能用一次。
button-family = 家属
family-who = 谁在照顾这位病人？须经病人同意：会告诉家属时间和地点，家属可以代答。
family-shown = { $code } 家属（{ $relation }）的二维码：请家属扫描，再回复病人的出生年份或病人手机号后四位。只能用一次。
relation = { $relation ->
    [daughter] 女儿
    [son] 儿子
    [spouse] 爱人
    [mother] 妈妈
    [father] 爸爸
    [neighbour] 邻居
   *[other] 亲属
}
