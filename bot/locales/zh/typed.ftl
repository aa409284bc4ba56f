# 医务人员可以打字代替按钮：回复卡片，或写编号加一个词。两种语言的词都有效。

typed-hold = 我来、我来处理、处理
typed-accept = 接、接收、收、同意
typed-decline = 不接、不能接收、不收、拒
typed-arrived = 到、到了、已到、到院
typed-missed = 没来、未到、没到
typed-set-out = 出发、已出发、在路上
typed-confirm = 能来、确认
typed-give-back = 退回
typed-redirect = 改送、转送
typed-ask = 问、请问
typed-answer = 答、答复
typed-advise = 建议
typed-follow-advice = 照办
typed-insist = 坚持、坚持转诊
typed-note = 进展、记
typed-stable = 稳定、病情稳定
typed-treated = 已治疗、治疗完成
typed-consent = 已同意、已知情同意
typed-let-go = 同意取消
typed-go-on = 不同意取消
typed-withdraw = 撤回
typed-cancel = 取消、要求取消
typed-reopen = 重新打开、重开
typed-other-time = 换时间、改时间
typed-offer-time = 时间、约、预约、约时间
typed-priority = 优先级、改优先级
typed-ask-next = 问下一位、下一位
typed-take-over = 接手、转到我名下
# 病人和家属打字代替按钮：回复那条消息，或只有一个预约时直接写。
typed-i-come = 能来、我能来
typed-i-set-out = 出发、出发了、在路上
typed-i-another = 换时间、改时间、换个时间
typed-i-cannot = 来不了、不来了、不能来
typed-i-sure = 确定吗？请按按钮，或回复“{ $word }”。

typed-by-phone = 电话、来电

typed-help = 信号不好时可以打字：回复卡片“接”，或写编号加一个词，例如“R-7K2F4 接”、“R-7K2F4 时间 明天14:30”。电话里得到的答复这样记：“R-7K2F4 电话 林浩 接”。
typed-time-offered = { $code }：{ $time }。会告诉病人。
typed-time-unreadable = 哪个时间？请写日期和钟点，例如“R-7K2F4 时间 明天14:30”或“3月12日 9:30”。
typed-time-no-clock = 几点？请把钟点和日期一起写，例如“明天14:30”。
typed-time-no-such-day = 没有这一天，请看日历后再写。
typed-time-no-such-time = 没有这个钟点，请写成 14:30 这样。
typed-time-past = 这个时间已经过了，请写以后的时间；明年的请写上年份。
typed-time-too-far = 离现在一年多了，请写早一些的时间。
typed-no-priority = 没有这个优先级，请写急诊、加急、紧急或普通。
typed-nobody = 那里没有叫{ $name }的人，请写全名。
amended-by-word = 已补充到 { $code }，对方会看到。
