# What two admins must say yes to
proposal-title = { $kind ->
    [retell] To be told again: { $proposal }
   *[other] A repair: { $proposal }
}
proposal-what = { $kind ->
    [retell] { $count } messages, each marked as a repeat.
   *[other] { $count } loops that wrong rules decided.
}
proposal-ask = Two admins must approve it. Look at it first: refloop repair list, or refloop notices retell-list.
proposal-lapsed-title = { $kind ->
    [retell] Not told again: { $proposal }
   *[other] Not repaired: { $proposal }
}
proposal-lapsed-ask = It was not approved by two admins and carried out within a day, and has lapsed. Nothing was changed; whoever still wants it proposes it anew.
button-approve = Approve
approve-admins-only = Only an admin can approve this.
approve-gone = It is carried out already, withdrawn, or has lapsed.
approve-one-more = Noted. Another admin must approve it as well.
approve-done = Two admins have approved it. At the machine: refloop { $kind ->
    [retell] notices retell-now
   *[other] repair carry-out
} { $proposal }

orphans-title = Loops that nobody looks after
orphans-what = Without holder or deadline: { $unheld }. Deadline passed unnoticed: { $overdue }.
orphans-ask = refloop doctor names them. Does the ticker run?
