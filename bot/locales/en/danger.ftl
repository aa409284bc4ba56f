# A patient feels worse: one question, one press

danger-question = Your doctor is being told. Do you have any of these now? Press the one you have. If life is at risk call 120 at once.
danger-consciousness = Confused or drowsy
danger-headache = Severe headache or dizziness
danger-vomiting = Nausea, vomiting
danger-vision = Blurred vision
danger-eye_pain = Eye pain
danger-palpitation = Palpitations
danger-chest_tightness = Tight or painful chest
danger-cannot_lie_flat = Too breathless to lie flat
danger-yes = Call 120 now or go to the nearest emergency department, and do not stay alone. A doctor has been alerted too. This chat is not an emergency service.
danger-none = Your doctor has been told and will contact you. If it gets worse call 120 at once.
feels-worse-signs = Danger signs: { $signs }
feels-worse-seen = { $who } has seen it.
