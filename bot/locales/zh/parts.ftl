# 卡片的组成部分:标题、时间、病人概况、路线

headline-stat = { $direction ->
    [down] 急诊下转 STAT
   *[other] 急诊转诊 STAT
}
headline-asap = { $direction ->
    [down] 加急下转 ASAP
   *[other] 加急转诊 ASAP
}
headline-urgent = { $direction ->
    [down] 紧急下转
   *[other] 紧急转诊
}
headline-routine = { $direction ->
    [down] 普通下转
   *[other] 普通转诊
}
priority-stat = 急诊 STAT
priority-asap = 加急 ASAP
priority-urgent = 紧急
priority-routine = 普通

repeat = 再次:{ $text }
answer-by = { $time } 前回复
answer-overdue = 应于 { $time } 前回复，已超时
confirm-by = { $time } 前确认
do-by = { $time } 前完成

time-today = { $clock }
time-tomorrow = 明天 { $clock }
time-yesterday = 昨天 { $clock }
time-week = { $weekday } { $clock }
time-date = { $month } { $day } 日 { $clock }
time-year = { $year } 年 { $month } { $day } 日 { $clock }
time-words = { $month } { $day } 日（{ $weekday }）{ $part } { $clock }
weekday-short = { $day ->
    [0] 周一
    [1] 周二
    [2] 周三
    [3] 周四
    [4] 周五
    [5] 周六
   *[6] 周日
}
weekday-long = { $day ->
    [0] 周一
    [1] 周二
    [2] 周三
    [3] 周四
    [4] 周五
    [5] 周六
   *[6] 周日
}
month-name = { $month } 月
part-of-day = { $part ->
    [night] 凌晨
    [morning] 上午
    [noon] 中午
    [afternoon] 下午
   *[evening] 晚上
}

who-doctor = { $name }医生
who-nurse = { $name }护士
who-other = { $name }
who-at = { $facility } { $who }
who-unknown = 同事
place-of = { $facility }{ $place }
emergency-entrance = 急诊入口
ask-at-desk = { $place }（到院后请先到导诊台）

pathway-chest_pain = 胸痛通道
pathway-stroke = 卒中通道
pathway-trauma = 创伤通道
pathway-critical_maternal = 危重孕产妇通道
pathway-critical_newborn = 危重新生儿通道

patient-band = { $person } { $age }
person-F-adult = 女
person-F-child = 女
person-M-adult = 男
person-M-child = 男
person-unknown = 性别不详
age-unknown = 年龄不详
age-newborn = 新生儿
age-infant = 不到 1 岁
age-band = { $from }–{ $to } 岁
age-oldest = { $from } 岁以上
pregnant = 孕妇

vital-bp = BP { $sbp }/{ $dbp }
vital-sbp = 收缩压 { $sbp }
vital-dbp = 舒张压 { $dbp }
vital-heart-rate = 心率 { $value }
vital-resp-rate = 呼吸 { $value }
vital-temp = 体温 { $value } ℃
vital-spo2 = SpO2 { $value } %
vital-glucose = { $kind ->
    [fasting] 空腹血糖
    [random] 随机血糖
   *[unknown] 血糖
} { $value } mmol/L
vital-avpu-V = 呼唤有反应
vital-avpu-P = 疼痛有反应
vital-avpu-U = 无反应

onset = { $time } 起病
because = 依据：{ $text }
way = 车程约 { $minutes } 分钟
route = { $origin } → { $destination }
to-be-decided = 待定
their-line = 对方 24 小时电话 { $line }
emergency-number = 急救 120
incomplete = 资料不全。
provisional = 病人身份还没有核对。

identity-name = 姓名 { $name }
identity-year = { $year } 年生
identity-phone = 电话 { $phone }
text-impression = 初步印象
text-reason = 转诊原因
text-history = 既往史
text-treatment = 已做处理
text-question = 对方的问题
text-answer = 转出方的答复
text-advice = 对方的建议
text-comment = 说明
text-words = 病人写道
text-caption = 病人随附件写道
text-note = 进展
text-text = 结果说明
text-diagnosis = 诊断
text-results = 主要检查结果
text-medicines = 用药
text-next_plan = 下一步方案
text-rehabilitation = 康复建议
text-line = { $title }：{ $text }
consent-later = 知情同意还没有登记。

# Under a card that was asked again in a newer message.
card-replaced = 已再次发出，请看下面较新的消息。
