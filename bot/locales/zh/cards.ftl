# 给医务人员的卡片

# 现在的状态,一行一句
standing-requested = 已发出。
standing-to_be_routed = 还没有确定送往哪里。
standing-offered = { $asked ->
    [0] 等待回复。
   *[other] 等待回复（已问 { $asked } 人）。
}
standing-held = { $who }正在处理，还没有决定。
standing-information_asked = 对方在问补充信息，等转出方答复。
standing-declined = 对方不能接收：{ $reason }。由转出方决定下一步。
standing-reopened = 已重新打开，由转出方决定下一步。
standing-advised = 对方建议就地处理，等转出方决定。
standing-come_now = { $who } { $time } 已接收，请病人立即来。
standing-accepted = { $who } { $time } 已接收，还没有约时间。
standing-time_offered = 已接收，时间 { $time }，等病人确认。
standing-confirmed = { $by ->
    [patient] 病人已确认 { $time } 来。
    [family] 家属已确认病人 { $time } 来。
   *[staff] 病人 { $time } 来（{ $who }登记）。
}
standing-on_the_way = 病人在路上。
standing-on_the_way-expected = 病人在路上，预计 { $time } 到。
standing-time_passed = 预约的 { $time } 已过，还不知道病人到没到。
standing-missed = 病人没有来。
standing-arrived = 病人 { $time } 已到院。
standing-cancel_asked = 转出方要求取消，等接收方答复。
standing-reported = 已有结果：{ $outcome }。
standing-cancelled = 已取消。
standing-withdrawn = 转出方已撤回。
standing-closed = 已结束。
standing-closed-reason = 已结束：{ $reason }。

# 不再需要回复的卡片
over-taken = { $code } 已由{ $who }接收 { $time }，无需处理。
over-held = { $code } { $who }正在处理，无需处理。
over-elsewhere = { $code } 已转往{ $where }，无需处理。
over-other = { $code } { $standing }无需处理。

# 接收方
offer-ask = 请回复能否接收。
offer-mine = 您在处理，请尽快决定。
coordinator-ask = { $asked ->
    [0] 还没有人回复。请找人接收，或改送别处。
   *[other] 还没有人回复（已问 { $asked } 人）。请找人接收，或改送别处。
}
to-be-routed-title = { $code } 待分送
to-be-routed-ask = 不知道送给谁，请选择接收方。
time-needed-title = { $code } 请约时间
time-needed-ask = 已接收，病人还没有时间。请约时间。
information-given-title = { $code } 补充信息已到
information-given-ask = 打开看答复，然后请决定。
time-refused-title = { $code } 要另约时间
time-refused-ask = { $wants ->
    [cannot_come] 病人说来不了。请另约时间，或退回。
    [cancelled] 医院系统取消了约好的时间，已请病人先不要来。请另约时间，或退回。
   *[other] 病人这个时间不行。请另约时间。
}
where-title = { $code } 病人到了吗？
where-ask = 按时间应已到院，还没有消息。请看一下急诊和门诊；没到请打电话问。
arrived-or-missed-title = { $code } 到院了吗？
outcome-due-title = { $code } 请报结果
outcome-due-ask = 病人已到院，还没有结果。
cancel-asked-title = { $code } 要求取消
cancel-asked-ask = 转出方要求取消：{ $reason }。同意吗？
amended-title = { $code } 有更新
amended-what = 转出方改了：{ $what }。
amended-priority = 优先级
amended-picture = 病情资料
amended-impression = 初步印象
amended-reason = 转诊原因
amended-recipient = 接收方
amended-other = 内容
reopened-title = { $code } 重新打开了
taken-back-title = { $code } 已不在您这里
taken-back-where = 现在由{ $where }处理。
taken-back-reason = 退回原因：{ $reason }。

# 转出方
sent-asked = 已问 { $time }
sent-seen = 已看 { $time }
sent-accepted = { $who }接收 { $time }
come-now = 请病人立即来。
said-by-phone = { $who }电话答复，{ $by } { $time } 记录。
sent-come-now = { $place }，电话 { $line }
has-it-title = { $code } 已有人接收
has-it-come-now = 请病人立即去{ $place }，电话 { $line }。
nobody-yet = { $code }：还没有医生接收（已问 { $asked } 人）。请打{ $where } 24 小时电话 { $line }；危及生命请拨 120。
nobody-yet-no-line = { $code }：还没有医生接收（已问 { $asked } 人）。请直接电话联系{ $where }；危及生命请拨 120。
no-news-title = { $code } 还没有进展
no-news-call = 请打{ $where } 24 小时电话 { $line }；危及生命请拨 120。
declined-title = { $code } 不能接收
declined-ask = 这次转诊还没有结束。请选择下一步。
advised-title = { $code } 建议就地处理
advised-ask = 打开看建议，再决定照办还是坚持转诊。
information-asked-title = { $code } 对方有问题
information-asked-ask = 打开看问题，直接回复本条消息即可答复。
missed-title = { $code } 病人没有来
missed-ask = 请联系病人：改时间，或写明结束原因。
reported-title = { $code } 结果已回
cancel-answered-title = { $code } 取消申请
cancel-answered-yes = 对方同意取消。
cancel-answered-no = 对方不同意取消，转诊继续。

# 回转单与随访
return-form-due-title = 请发回转单
return-form-due-ask = { $time } 出院的病人还没有回转单，{ $centre }在等。请在医院系统里发出。
return-form-due-done = 回转单已发出，无需处理。
return-form-title = 回转单
return-form-route = { $hospital } → { $centre }
return-form-ask = 打开看内容，然后请确认。
return-form-went-against_advice = 非医嘱离院，按高危随访。
return-form-went-other_hospital = 已转到另一家医院；等那边出院后再随访。
return-form-went-rehabilitation = 已转到康复或长期照护机构。
return-form-answered-title = 回转单的答复
return-form-answer-received = { $centre }已收到回转单。
return-form-answer-not_our_patient = { $centre }说不是他们的病人。请核对病人属于哪个中心。
return-form-answer-medicine_not_available = { $centre }已收到，但那里没有单上的药。请考虑换药或告知取药的地方。
return-form-answer-not_found = { $centre }找不到这位病人。请核对病人属于哪个中心。
form-over-received = 已确认收到，无需处理。
form-over-returned = 已退回医院核对，无需处理。
form-over-closed = 已结束，无需处理。
feels-worse-title = 病人说不舒服
feels-worse-ask = 出院后随访的病人 { $time } 说感觉变差了。请马上打电话；情况危急请拨 120。
high-reading-title = 读数偏高
high-reading-ask = 随访的病人报来 { $reading }（{ $time }）。请看一下要不要联系。
call-title = 请打电话
call-follow-up = 随访没有回音。请打电话问一下。
call-time = 病人还没有回复约好的时间 { $time }。请打电话确认。
call-time-opted-out = 病人约好 { $time } 就诊，不想收到提醒。请打电话提醒。
call-time-unreached = 病人约好 { $time } 就诊，提醒没有送到。请打电话提醒。
call-come-now = 对方请病人立即来（{ $place }，电话 { $line }）。病人没有回音，请马上打电话。
call-cancelled = 就诊已取消，病人还没有得到通知。请打电话告诉病人。
call-opted-out = 随访到期了，病人不想在这里被问。请打电话问一下。
call-visit-opted-out = { $time } 有一次随访，病人不想收到这类提醒。请打电话告知。
call-visit-unreached = { $time } 有一次随访，提醒没有送到病人。请打电话告知。
call-visit-coming = 已电话告知：{ $time } 会来。
call-visit-over = 这次随访前的电话不用再打了。
call-other = 病人联系不上。请打电话。
call-over = 已处理，无需再打。
follow-up-over = 这次随访已完成，无需处理。

# 系统
parked-title = 系统停住了一步
parked-what = { $consumer } 处理 { $stream } 时反复失败，已放到一边。其他工作照常。
parked-reason = 原因：{ $reason }
parked-ask = 请看 refloop parking list。

# 菜单
menu-decline = 为什么不能接收？
menu-accept = 什么时间来？
menu-offer_time = 给病人哪个时间？
menu-redirect = 改送哪里？
menu-give_back = 为什么退回？
menu-ask_cancel = 为什么取消？
menu-withdraw = 为什么撤回？
menu-close = 结束的原因？
menu-report = 结果是什么？
menu-priority = 改成哪个优先级？
menu-lower = 为什么降低？
menu-more = 还要做什么？
menu-another_time = 确定换时间吗？原来的号会让出。
menu-cannot_come = 确定来不了吗？

decline-no_capacity = 没有床位或号
decline-wrong_specialty = 不是本科的病
decline-no_equipment = 没有设备
decline-information_missing = 资料不够
decline-not_needed = 不需要转来
decline-other = 其他（请写）
give-back-emergency_here = 这里有急诊
give-back-bed_lost = 床位没有了
give-back-not_my_field = 不是本科的病
give-back-shift_ended = 下班了
give-back-other = 其他
lower-examined = 已检查
lower-improved = 已好转
lower-entered_wrong = 填错了
outcome-treated = 已诊治
outcome-discharged = 已出院
outcome-admitted_elsewhere = 已住到别处
outcome-no_treatment_needed = 不需要治疗
outcome-died = 去世
end-advice_taken = 照建议处理
end-patient_refused = 病人不去了
end-went_elsewhere = 去了别处
end-not_reached = 联系不上
end-resolved = 已好转
end-entered_in_error = 填错了
end-died = 去世
end-duplicate = 重复
end-other = 其他

down-proposed = 病情稳定，可考虑下转。下转条件：
down-not-yet = 病情稳定，但尚不符合下转条件：
criterion-met = ✓ { $says }
criterion-unmet = ✗ { $says }
criterion-unknown = ? { $says }
down-sent = 已下转：{ $code }
down-item-diagnosis_clear = 诊断明确
down-item-plan_fixed = 方案已定
down-item-stable = 病情稳定
down-item-bp_at_target = 血压达标
down-item-glucose_at_target = 血糖达标
down-item-complications_stable = 并发症稳定
down-item-oral_medicines = 口服药
down-item-recovery_phase = 康复期
down-item-long_term_care = 长期护理
down-item-terminal_care = 临终关怀
down-item-patient_wants = 患者愿意
menu-down = 哪些情况属实？
