# Follow-up care: the family-doctor team, patients, and what cannot be done

refused-already-referred = Already referred; see { $referral }.
refused-consent-needed = The patient's consent is needed.

end-stillbirth = Stillbirth
end-newborn_died = Newborn died
end-moved = Moved away
