# 给病人和家属:两句话,没有编号,没有诊断

patient-for = 给{ $whom }：{ $text }
whom = { $whom ->
    [self] 您本人
    [mother] 您妈妈
    [father] 您爸爸
    [spouse] 您爱人
    [child] 您孩子
   *[other] 您家人
}

patient-come-now = 您好。请现在就去{ $place }，电话 { $line }。情况加重请拨 120。
patient-come-now-no-line = 您好。请现在就去{ $place }。情况加重请拨 120。
patient-time = 您好。{ $time }，{ $place }。请带身份证、医保卡、转诊单。
patient-time-confirmed = 好的，{ $time }，{ $place }。请带身份证、医保卡、转诊单。
patient-time-answered = { $by ->
    [patient] 病人本人已回复会来：
    [family] 家人已回复会来：
   *[staff] 医务人员已登记会来：
}{ $time }，{ $place }。请带身份证、医保卡、转诊单。
patient-time-soon = 提醒您：{ $time }，{ $place }。请带身份证、医保卡、转诊单。
patient-new-time = 原来的时间不算了，医院已知道。新的时间定了会通知您。
patient-on-the-way = 好的，路上注意安全。{ $place }在等您。
patient-arrived = 您已到院。祝早日康复。
patient-missed = 约好的时间已过。您的社区医生会联系您。
patient-waiting = 医院正在安排。定了会通知您。
patient-over = 这件事已办完，您不用再做什么。
patient-cancelled = 您好。约好的就诊已取消。有疑问请问您的社区医生。
patient-changed = 您好。就诊安排有变，请先不要去。新的安排定了会通知您。
patient-reading = 今天请量血压，直接回复数字，例如 145/92。身体怎么样？
patient-check = 您好，出院后身体怎么样？量了血压可直接回复数字，例如 145/92。
patient-fine = 好的，已记下。祝您早日康复。
patient-worse = 已告诉您的医生。情况紧急请立即拨打 120，或到最近的急诊。
patient-unseen = 还没有医生看到您的消息。情况紧急请立即拨打 120，或到最近的急诊。值班电话 { $line }。
patient-unseen-no-line = 还没有医生看到您的消息。情况紧急请立即拨打 120，或到最近的急诊。

reading-recorded = 已记录 { $reading }（{ $time }）。
reading-withdrawn = 已取消 { $reading }。请再发一次正确的数字。
reading-bp = { $sbp }/{ $dbp }
reading-glucose = 血糖 { $value }
