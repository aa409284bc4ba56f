# The list of commands beside the text field, and what is said when something could not be done

command-help = 使用说明
command-language = 选择语言
command-stop = 不再接收提醒

given-up = 抱歉，这一步没有办成。请换一种方式，或直接打电话。
given-up-patient = 抱歉，这一步没有办成。请致电您的健康服务中心。紧急情况请拨打 120。
