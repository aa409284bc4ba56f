# 不能做的事:为什么,怎么办。钥匙是 refused-<代码>

refused-not-yours = 这件事现在不由您处理。
refused-not-now = 现在不能这样做，情况已经变了。请看卡片上的最新状态。
refused-unknown-referral = 没有这张转诊单。
refused-unknown-discharge = 没有这次出院记录。
refused-unknown-plan = 没有这个随访计划。
refused-unknown-notice = 没有这条消息。
refused-exists = { $code } 已经有了。
refused-comment-needed = 请写明原因。
refused-reason-needed = 请选择原因。
refused-no-advice-for-stat = 急诊转诊不能只给建议。请接收，或选“不能接收”。
refused-same-recipient = 已经在那里了，请选别处。
refused-time-in-past = 这个时间已经过了，请选以后的时间。
refused-discharge-in-future = 出院时间不能在以后。
refused-form-empty = 回转单是空的，至少写一项。
refused-already-answered = 这一次已经回答过了。
refused-unknown-pack = 没有这份草稿。
refused-pack-changed = 内容与草稿不一致。
refused-approvals-missing = 还缺 { $count } 份批准。
