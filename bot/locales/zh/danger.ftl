# 病人说不舒服：一个问题，按一下就够

danger-question = 马上告诉您的医生。现在有下面的情况吗？有一样就按那一样。情况危急请直接拨 120。
danger-consciousness = 意识不清
danger-headache = 剧烈头痛或头晕
danger-vomiting = 恶心呕吐
danger-vision = 看东西模糊
danger-eye_pain = 眼睛痛
danger-palpitation = 心慌
danger-chest_tightness = 胸闷胸痛
danger-cannot_lie_flat = 喘得躺不平
danger-yes = 请立即拨打 120，或到最近的急诊，身边不要离人。医生也已收到通知。这里不是急救服务。
danger-none = 好的，已告诉您的医生，会联系您。变重了请立即拨打 120。
feels-worse-signs = 危险信号：{ $signs }
feels-worse-seen = { $who }已看到。
