"""Which methods there are. Telegram's other methods are named too, to tell "not here" from "nowhere"."""

import re

from bot.sandbox.methods import editing, profile, sending
from bot.sandbox.methods.ask import Method

# getUpdates is not in the table: it waits, so bot/sandbox/polling.py answers it.
METHODS: dict[str, Method] = {
    "getme": profile.get_me,
    "setwebhook": profile.set_webhook,
    "deletewebhook": profile.delete_webhook,
    "getwebhookinfo": profile.get_webhook_info,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendlocation": sending.send_location,
    "sendcontact": sending.send_contact,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagemedia": editing.edit_message_media,
    "deletemessage": editing.delete,
    "answercallbackquery": editing.answer_callback_query,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setmydescription": profile.set_my_description,
    "setmyshortdescription": profile.set_my_short_description,
    "setmyname": profile.set_my_name,
    "setchatmenubutton": profile.set_chat_menu_button,
    "getchat": profile.get_chat,
    "getfile": profile.get_file,
    "pinchatmessage": editing.pin_chat_message,
    "leavechat": profile.leave_chat,
}

# What counts against the rates: whatever makes something appear in a chat.
COUNTED = frozenset(name for name in METHODS if name.startswith(("send", "editmessage"))) - {"sendchataction"}

NOT_BUILT = frozenset(
    re.findall(
        r"\w+",
        """
        addstickertoset answerguestquery answerinlinequery answerprecheckoutquery answershippingquery
        answerwebappquery approvechatjoinrequest approvesuggestedpost banchatmember banchatsenderchat
        close closeforumtopic closegeneralforumtopic convertgifttostars copymessage copymessages
        createchatinvitelink createchatsubscriptioninvitelink createforumtopic createinvoicelink
        createnewstickerset declinechatjoinrequest declinesuggestedpost deleteallmessagereactions
        deletebusinessmessages deletechatphoto deletechatstickerset deleteforumtopic
        deletemessagereaction deletemessages deletestickerfromset deletestickerset deletestory
        editchatinvitelink editchatsubscriptioninvitelink editforumtopic editgeneralforumtopic
        editmessagechecklist editmessagelivelocation editstory edituserstarsubscription
        exportchatinvitelink forwardmessage forwardmessages getavailablegifts getbusinessaccountgifts
        getbusinessaccountstarbalance getbusinessconnection getchatadministrators getchatgifts
        getchatmember getchatmembercount getchatmenubutton getcustomemojistickers
        getforumtopiciconstickers getgamehighscores getmanagedbotaccesssettings getmanagedbottoken
        getmydefaultadministratorrights getmydescription getmyname getmyshortdescription
        getmystarbalance getstartransactions getstickerset getuserchatboosts getusergifts
        getuserpersonalchatmessages getuserprofileaudios getuserprofilephotos giftpremiumsubscription
        hidegeneralforumtopic logout poststory promotechatmember readbusinessmessage
        refundstarpayment removebusinessaccountprofilephoto removechatverification removemyprofilephoto
        removeuserverification reopenforumtopic reopengeneralforumtopic replacemanagedbottoken
        replacestickerinset repoststory restrictchatmember revokechatinvitelink
        savepreparedinlinemessage savepreparedkeyboardbutton sendanimation sendaudio sendchecklist
        senddice sendgame sendgift sendinvoice sendlivephoto sendmediagroup sendmessagedraft
        sendpaidmedia sendpoll sendsticker sendvenue sendvideo sendvideonote sendvoice
        setbusinessaccountbio setbusinessaccountgiftsettings setbusinessaccountname
        setbusinessaccountprofilephoto setbusinessaccountusername setchatadministratorcustomtitle
        setchatdescription setchatmembertag setchatpermissions setchatphoto setchatstickerset
        setchattitle setcustomemojistickersetthumbnail setgamescore setmanagedbotaccesssettings
        setmessagereaction setmydefaultadministratorrights setmyprofilephoto setpassportdataerrors
        setstickeremojilist setstickerkeywords setstickermaskposition setstickerpositioninset
        setstickersetthumbnail setstickersettitle setuseremojistatus stopmessagelivelocation stoppoll
        transferbusinessaccountstars transfergift unbanchatmember unbanchatsenderchat
        unhidegeneralforumtopic unpinallchatmessages unpinallforumtopicmessages
        unpinallgeneralforumtopicmessages unpinchatmessage upgradegift uploadstickerfile verifychat
        verifyuser
        """,
    )
)
