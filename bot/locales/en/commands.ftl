# The list of commands beside the text field, and what is said when something could not be done

command-help = how it works
command-language = choose the language
command-stop = no more reminders

given-up = Sorry, that could not be done here. Please try it another way, or phone.
given-up-patient = Sorry, that could not be done here. Please call your health centre. In an emergency call 120.
