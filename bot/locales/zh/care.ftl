# 随访:家庭医生团队、病人,以及不能做的事

refused-already-referred = 已经转诊，请看 { $referral }。
refused-consent-needed = 需要病人同意。

end-stillbirth = 死产
end-newborn_died = 新生儿去世
end-moved = 搬走或转到别处
