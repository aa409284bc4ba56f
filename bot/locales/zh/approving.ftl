# 须两名管理员同意的事项
proposal-title = { $kind ->
    [retell] 拟再次通知：{ $proposal }
   *[other] 拟更正：{ $proposal }
}
proposal-what = { $kind ->
    [retell] 共 { $count } 条消息，每条都注明“重复”。
   *[other] 涉及 { $count } 个按错误规则处理的转诊。
}
proposal-ask = 须两名管理员同意。请先查看：refloop repair list 或 refloop notices retell-list。
proposal-lapsed-title = { $kind ->
    [retell] 未再次通知：{ $proposal }
   *[other] 未更正：{ $proposal }
}
proposal-lapsed-ask = 一天内未经两名管理员同意并执行，已失效；没有任何改动。如仍需要，请重新提出。
button-approve = 同意
approve-admins-only = 只有管理员可以同意此事。
approve-gone = 已经执行、撤销或失效。
approve-one-more = 已记录，还须另一名管理员同意。
approve-done = 两名管理员已同意。请在服务器执行：refloop { $kind ->
    [retell] notices retell-now
   *[other] repair carry-out
} { $proposal }

orphans-title = 有转诊无人负责
orphans-what = 没有负责人或期限：{ $unheld } 个；期限已过无人处理：{ $overdue } 个。
orphans-ask = 用 refloop doctor 查看是哪些；请确认 ticker 在运行。
