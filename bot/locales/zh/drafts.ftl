# 转诊草稿、急救求助、查人

word-stat = 急诊、特急、危急、危重、抢救、stat
word-asap = 加急、尽快、asap
word-urgent = 急、紧急、较急、urgent
word-routine = 普通、常规、不急、择期、routine

list-comma = 、
masked-phone = ···{ $last }

draft-title = 转诊草稿
draft-title-advice = 会诊提问草稿
draft-patient = 病人：{ $who }
draft-new-patient = 病人：{ $name }（新登记）
draft-nobody = 病人：未填
draft-age = { $age } 岁
draft-said = 病情：{ $words }
draft-missing = 还缺：{ $what }
draft-absurd = 数值不可能，没有采用：{ $what }。请再看一下。
draft-unknown = 规则还不知道：{ $what }。如已测量，请直接输入。
draft-priority = 优先级：{ $priority }，依据：{ $why }
draft-hint-up = 提示·上转：{ $says }（{ $rule }）
draft-hint-emergency = 提示·紧急上转：{ $says }（{ $rule }）
draft-hint-stay = 提示·可留基层：{ $says }（{ $rule }）
draft-hints-more = 另有 { $count } 条提示
draft-from = 转出：{ $place }
draft-from-where = 从您的哪个单位转出？
draft-to = 送往：{ $place }
draft-nowhere = 送往：未定，将由本单位协调员安排
draft-duplicate = 注意：此病人已有未结束的转诊 { $code }（{ $place }）。
draft-duplicate-elsewhere = 注意：此病人已由别的单位转往{ $place }。
draft-which-patient = 是哪一位？

draft-edit-what = 改哪一项？
draft-to-where = 送往哪里？
draft-sent = { $code } 已发送 → { $place }
draft-sent-nowhere = { $code } 已发送，等协调员安排接收方
draft-already-sent = 这份已经发送：{ $code }
draft-dropped = 草稿已丢弃，什么也没有发送。
draft-gone = 这份草稿已不在了，请重新输入 /refer。
draft-empty = 请先写明病情、通道或一项数值。
draft-no-place = 您现在没有可以转诊的岗位。请找您的管理员。
draft-dead = 登记显示此病人已去世，没有发送。

field-name = 姓名
field-sex = 性别
field-age = 年龄
field-problem = 病情
field-vitals = 生命体征
field-where = 接收方

ask-name = 病人姓名？不知道可跳过。
ask-sex = 性别？
ask-age = 年龄（岁）？例如 71。
ask-problem = 什么情况，多久了？例如：头痛 2 天。
ask-vitals = 测到的数值？例如：BP 186/112 心率 88 体温 36.8 SpO2 97。
ask-where = 送往哪里？也可以打字，例如：心内。
ask-again-name = 这里要姓名，两个字以上，不含数字。
ask-again-age = 这里要一个 0 到 125 的数字，例如 71。
ask-again-sex = 这里要“男”或“女”。
ask-again-problem = 请写几个字说明病情，例如：头痛 2 天。
ask-again-vitals = 没看到数值。请照这样写：BP 186/112 心率 88。
ask-again-where = 没找到这个地方。请按按钮，或写科室，例如：心内。

sos-title = 急救求助 STAT
sos-which = 怀疑什么？其余以后再补；有生命危险同时请拨 120。
sos-other-words = 其他急症，详情稍后补充
sos-who = 是哪位病人？不知道就跳过。

find-usage = 请这样查：/find 李秀英，或身份证号、手机号。只查本单位的病人。
find-none = 本单位没有找到。新病人在转诊时当场登记。
find-title = 本单位找到：

button-draft-send = 发送,病人已同意
button-draft-send-later = 发送,同意书后补
button-draft-send-emergency = 发送,急诊先送,同意后补
button-draft-send-question = 发送提问
button-draft-edit = 修改
button-edit-from = 转出单位
button-draft-to = 换接收方
button-draft-drop = 丢弃
button-draft-skip = 跳过
button-draft-new-patient = 都不是,新病人
button-person = { $who }
button-edit-name = 姓名
button-edit-sex = 性别
button-edit-age = 年龄
button-edit-problem = 病情
button-edit-vitals = 数值
button-edit-priority = 优先级
button-edit-other-patient = 不是此人
button-sex-F = 女
button-sex-M = 男
button-set-stat = 急诊 STAT
button-set-asap = 加急 ASAP
button-set-urgent = 紧急
button-set-routine = 普通
button-sos-chest_pain = 胸痛
button-sos-stroke = 卒中
button-sos-trauma = 创伤
button-sos-critical_maternal = 危重孕产妇
button-sos-critical_newborn = 危重新生儿
button-sos-other = 其他
button-sos-skip = 跳过

command-refer = 转诊，一条消息写完，或一步步来
command-sos = 急救求助，三次按键
command-today = 今天我负责的转诊
command-ask = 向专科提问
command-find = 查本单位病人

headline-question = 提问（{ $priority }）
button-answer-question = 回答
button-see-patient = 请病人来看
button-why = 为什么
button-consent-patient = 病人同意
button-consent-family = 家属同意
menu-why = 为什么是这个优先级？
why-rule = 规则：{ $rules }。{ $because }
why-value = 数值：{ $values }
why-no-value = 没有数值
why-source = 来源：{ $sources }（{ $pack }）
consent-title = { $code } 还缺知情同意
consent-ask = 发送时注明以后补。病人或家属同意了吗？
consent-done = { $code }：知情同意已处理。

mine-nothing = 现在没有您负责或发出的转诊。
mine-waiting = 等您处理的（{ $count }）：
mine-sent = 您发出的（{ $count }）：
mine-line = { $code } · { $priority } · { $place } · { $standing }
mine-more = 另有 { $count } 份，按到期先后只列这些。
button-code = { $code }

file-stored = 已收好，加密保存；有权的人按“附件”才能看。
file-for-what = 这是给哪份转诊的？请直接回复那张卡片发送，或在说明里写编号。
file-too-big = 文件太大，请在 { $limit } MB 以内。
file-too-many = 一份转诊最多 { $limit } 个附件。
file-kind = 只收照片（JPEG、PNG）和 PDF。
file-not-fetched = 文件没有取到，请再发一次。
button-files = 附件 { $count }
