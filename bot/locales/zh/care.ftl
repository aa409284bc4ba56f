# 随访:家庭医生团队、病人,以及不能做的事

refused-already-referred = 已经转诊，请看 { $referral }。
refused-consent-needed = 需要病人同意。

end-stillbirth = 死产
end-newborn_died = 新生儿去世
end-moved = 搬走或转到别处

# 家庭医生团队的随访卡片
plan-title = 随访
programme-after_discharge = 出院后
programme-birth = 产后和新生儿
programme-hypertension = 高血压
programme-diabetes = 糖尿病
programme-smi = 严重精神障碍
programme-maternal = 孕期
programme-elderly = 老年人
programme-tuberculosis = 肺结核
programme-feels_worse = 病人说不舒服
severity-mild = 轻
severity-moderate = 中
severity-severe = 重
row-visit = 随访
row-check_in = 问候
row-call = 电话
row-outcome_check = 查看转诊结果
row-reading = 测量
row-other = 随访
plan-due = { $kind }：{ $time }
plan-overdue = { $kind }已过期 { $days } 天
plan-paused = 已暂停（{ $reason }），到 { $time }
plan-last-visit = 上次 { $time }：{ $what }
plan-last-reading = 最近读数 { $reading }
plan-feels-worse = { $time } 说不舒服
plan-calling = 没有回音，请打电话
plan-muted = 不给病人发消息，由团队电话联系
plan-over = 随访已结束
plan-still-taking = 还在吃这些药吗？
plan-ask = 看过了：直接回复本卡片，例如 145/92 规律 无
plan-handed-over = 这位病人的随访现在由您负责。
patient-wrote-title = 随访病人写来一段话
patient-sent-title = 随访病人发来附件
patient-wrote-title-referral = 病人发来附件
patient-wrote-ask = 请打开看。
refer-up-title = 建议转诊
refer-up-ask = 按规则建议{ $priority }转上级医院。病人同意后按一下发出。
referred-up = 已转上级 { $code }
pause-in_hospital = 住院
pause-away = 外出
pause-asked = 本人要求
class-satisfactory = 控制满意
class-unsatisfactory_first = 控制不满意
class-unsatisfactory_again = 连续不满意
class-adverse_reaction = 不良反应
class-complication = 并发症
class-emergency = 危急
class-unclassified = 未分类
finding-smi = 危险性 { $level } 级
adherence-regular = 服药规律
adherence-intermittent = 服药间断
adherence-none = 不服药
adverse-yes = 有不良反应
adverse-no = 无不良反应
complication-yes = 有新并发症

menu-plan = 要做什么？
menu-call = 电话结果？
menu-severity = 改成哪一级？
menu-pause = 为什么暂停？
menu-end = 为什么结束？消息会立即停止。
menu-move = 转到哪个中心？（病人同意）
menu-hand = 交给谁？

button-plan-more = 更多
button-call-outcome = 电话结果
button-outcome-called = 已联系,都好
button-outcome-visited = 已看过
button-outcome-agreed = 答应来（30 天）
button-outcome-later = 过几天再打（7 天）
button-outcome-not_reached = 联系不上
button-resume = 恢复随访
button-pause = 暂停
button-mute = 不再发消息
button-unmute = 恢复发消息
button-severity = 分级
button-hand-over = 交给同事
button-move = 转到别的中心
button-end-plan = 结束随访
button-send-up = 发出 · { $place }
button-record-visit = 记下
button-next-weeks = 下次 { $weeks } 周后
button-i-coming = 能来
button-i-later = 晚点
button-i-not-coming = 来不了

# 病人
patient-visit-soon = 您好。明天 { $time }，{ $place }请您来随访，方便吗？
patient-visit = 您好。今天{ $place }请您来随访。
patient-coming = 好的，{ $place }等您。
patient-later = 好的，过一天再问您。
patient-called = 好的，您的团队会打电话给您。
patient-words-received = 已转给您的团队。情况紧急请拨 120。

# 读数
reading-two_people = 这好像是两个人的数值。请一个人一条消息发，例如“妈妈 145/92”。
reading-no_such_day = 没有这一天。请看一下日期再发一次。
reading-other-person = 这里只登记了{ $whom }。别人的数值请不要发到这里。

# /today 和随访登记
today-title = 今天的随访：{ $due } 位到期，{ $overdue } 位过期
today-more = 还有 { $count } 位，处理后再发 /today。
today-row = { $grade }{ $name } · { $programme } · { $kind } · { $late }
today-late = 过期 { $days } 天
today-now = 今天
visit-draft = { $findings } → { $class }
visit-next = 下次随访 { $date }
visit-why = 依据：{ $because }
visit-incomplete = 还缺：{ $missing }
visit-not-read = 没看懂。请这样写：145/92 规律 无（数值、服药、不良反应）；血糖写“空腹 7.1”。
visit-form = 请直接回复这次随访，例如 145/92 规律 无。


call-planned-call = 到了电话随访的日子。请打电话问一下。
call-planned-outcome_check = 两周前转诊的病人，请看一下结果。
day-words = { $year } 年 { $month } { $day } 日（{ $weekday }）
visit-recorded = 已记下这次随访。

# 登记随访时可以写的字
visit-word-regular = 规律、规律服药、按时、regular、regularly
visit-word-intermittent = 间断、不规律、有时忘、intermittent、irregular、sometimes
visit-word-none = 不服药、没吃药、停药、not taking、stopped
visit-word-no = 无、没有、无不良反应、no、none
visit-word-adverse = 有、不良反应、副作用、有副作用、adverse、side effect、side effects
visit-word-complication = 并发症、新并发症、complication、new complication

# /papers
papers-title = 还没有回转单的出院
papers-none = 没有缺的回转单。
papers-row = { $name } · { $hospital } · { $day }
command-papers = 催要回转单
