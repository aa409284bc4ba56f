# /stop：每一类消息单独停、单独恢复

opt-title = 哪些消息要停？一按就停，再按就恢复。别的照常发。
opt-line = { $state ->
    [off] { $name }：已停
   *[on] { $name }：照常发
}
opt-follow_up = 随访提问（身体怎么样、量血压血糖）
opt-reminders = 复诊提醒
opt-chat = 所有主动发的消息（包括就诊时间；改由中心打电话）
opt-staff = 普通工作消息（急诊和紧急的总会发）
button-opt-out-follow_up = 停随访提问
button-opt-in-follow_up = 恢复随访提问
button-opt-out-reminders = 停复诊提醒
button-opt-in-reminders = 恢复复诊提醒
button-opt-out-chat = 停所有消息
button-opt-in-chat = 恢复所有消息
button-opt-out-staff = 停普通消息
button-opt-in-staff = 恢复普通消息
# 与“退订”或“恢复”连写，整条消息就是这几个字才算
opt-word-follow_up = 随访、随访提问
opt-word-reminders = 提醒、复诊提醒
opt-word-chat = 所有、全部、所有消息
opt-word-again = 恢复、重新订阅
