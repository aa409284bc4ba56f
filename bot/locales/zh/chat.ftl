# 聊天中的回答

welcome-staff = { $name }，已连接。转诊有事会发到这里；/help 看怎么用。
welcome-patient = 已连接，以后的就诊时间和随访会发到这里。这里不是急救服务，情况紧急请拨 120。
stranger = 您好。这里只为已登记的医务人员和病人服务；请向您的医生要邀请码；医务人员可在这里发送自己的号码。情况紧急请拨 120。
group = 这里只能一对一聊天，我先退出了。请私聊。
help-staff = 转诊：/refer 一条消息写完，或单独发 /refer 一步步来；急救：/sos；提问：/ask；我的转诊：/today；查人：/find；附件：回复卡片发送。每张卡片上的按钮就是能做的事；按一次就够。要写字的（问题、答复、进展），直接回复那条消息。/language 换语言，/stop 停普通消息，/start 恢复。
help-patient = 有就诊时间或随访时会发消息，按按钮就行；血压可直接回复数字，例如 145/92。不舒服请随时按或写“不舒服”。/language 换语言，/stop 可以分别停提醒。这里不是急救服务：情况紧急请拨 120。
language-ask = 请选择语言。
language-set = 好的，以后用中文。
stopped = 好的，不再发普通提醒；就诊时间和回答您的消息还会发。发 /start 恢复。
stopped-staff = 好的，不再发普通消息；急诊和紧急的还会发。发 /start 恢复。
resumed = 好的，已恢复。

press-not-yours = 这个按钮不是给您的。
press-used = 已经回答过了：{ $answer }。
press-expired = 这个按钮已过期，请看最新的卡片。
press-unknown = 这个按钮不能用了，请看最新的卡片。
press-done = 已记下。
press-failed = 现在没有办成，请再按一次；还不行请打电话。
press-opened = 已打开，10 分钟后自动收起。
press-closed-to-you = 您现在不能看病人信息。

words-question = 请写下要问的，直接回复本条消息。
words-answer = 请写下答复，直接回复本条消息。
words-comment = 请写下原因，直接回复本条消息。
words-advice = 请写下建议，直接回复本条消息。
words-note = 请写下进展，直接回复本条消息。
words-reopen = 请写下为什么重新打开，直接回复本条消息。
words-stored = 已记下。
words-cancelled = 好的，不写了。
words-too-long = 太长了，请写在 { $limit } 字以内。

press-or-type-told = 已告诉您的医生。这里只能看文字和数字，请按按钮或打字。
media-came = { $what ->
    [photo] （发来一张照片，这里看不到，请打电话问）
    [document] （发来一个文件，这里看不到，请打电话问）
    [video] （发来一段视频，这里看不到，请打电话问）
    [video_note] （发来一段视频，这里看不到，请打电话问）
    [location] （发来一个位置，这里看不到，请打电话问）
    [venue] （发来一个位置，这里看不到，请打电话问）
   *[other] （发来一段语音，这里听不到，请打电话问）
}
media-kept = { $what ->
    [photo] （发来一张照片，按“附件”看）
    [voice] （发来一段语音，按“附件”听）
    [video] （发来一段视频，按“附件”看）
    [video_note] （发来一段视频，按“附件”看）
   *[other] （发来一个文件，按“附件”看）
}
patient-file-kept = 已加密收好，已告诉您的医生，稍后会看。这里不能马上看：数值请打字发来，情况紧急请拨 120。
file-too-many-today = 今天收够了，一天最多 { $limit } 个。情况紧急请拨 120。
forwarded = 转发来的内容这里不处理。请按卡片上的按钮，或直接打字。
press-or-type = 这里只能看文字和数字，请按按钮或打字。
not-understood = 没看懂。请按卡片上的按钮；/help 看怎么用。
not-understood-patient = 没看懂。请按按钮，或直接回复数字，例如 145/92。情况紧急请拨 120。
which-patient = 这是谁的？
no-plan = 现在没有需要回答的随访。有疑问请问您的社区医生；情况紧急请拨 120。
emergency = 情况紧急请立即拨打 120，或到最近的急诊。这里不是急救服务。

reading-no_number = 没看到数字。请直接回复数字，例如 145/92。
reading-unreadable = 没看懂这个数。请直接回复数字，例如 145/92。
reading-unclear = 这是血压还是血糖？血压请写两个数，例如 145/92；血糖请写“血糖 8.2”。
reading-several = 一次请只发一个读数，例如 145/92。
reading-negative = 数字不能是负的。请直接回复数字，例如 145/92。
reading-swapped = 像是写反了。请先写高压再写低压，例如 145/92。
reading-implausible = 这个数看起来不对。请再看一下，例如 145/92。
reading-incomplete = 请把高压和低压都写上，例如 145/92；血糖请写“血糖 8.2”。

bound-old-chat = 您的账号已连接到另一个聊天。不是您本人操作的，请立即告诉管理员。
bound-old-chat-patient = 您的消息以后发到另一个聊天。不是您本人操作的，请立即告诉您的医生。
bind-second-factor = 请回复病人的出生年份，或手机号后四位。
bind-wrong-factor = 不对，请再试。还可以试 { $left } 次。
bind-failed = 邀请码无效或已过期，请要一个新的。
bind-locked = 试得太多了，请 { $minutes } 分钟后再试。
bind-busy = 现在人多，请过一会儿再试。

# Staff join by their own number
share-own-number = 请发送您自己的号码；别人的号码不会查看。
share-received = 谢谢。如果这个号码在医务人员名册里，现在就请负责人确认；同意后这里会告诉您。一天内没有消息，请向负责人要一次性代码。
share-known = 这个聊天已经是您的。
share-ask = { $name } 想用一个聊天加入：发来的号码与名册一致。同意吗？如果不是事先说好的，请先打电话核实。
share-left = 此人在这里已没有职务。
share-refused = 已记下，不予加入。
button-let-in = 同意加入
button-keep-out = 不同意
