### 机器人说的话，简体中文。键与格式见 en.ftl 开头的说明。
###
### 用语：seed 种子；psi 截断；morph 变脸；mix 混合；grid 网格；trait 特征；model 模型；worker 画师；recipe 配方。

## 作画途中

getting-ready = 🖌️ 画师正在准备……
queued = 🕐 你排在{ $place }{ $eta }。
place = 第 { $position } 位
eta = ，大约还要 { $wait }
seconds = { $n } 秒
minutes = { $n } 分钟
progress = 🎨 `{ $bar }` { $done }/{ $total }
finishing = 🎨 `{ $bar }` 马上就好……

## 图片说明

seed = 种子 **{ $seed }**
word = **{ $word }** 的种子是 { $seed }
grid = 种子（逐行）：{ $rows }
morph = 变脸：{ $path }
reduced = -# 为了能发到这里，已压缩：{ $changes }。
reduced-side = -# 为了能发到这里，已从 { $before } 像素缩小到 { $side } 像素。
too-late = <@{ $person }>，你的图画得比 Discord 愿意等的时间还久，现在送到。
too-late-sentence = <@{ $person }>，关于你之前的请求：{ $sentence }

## 替代文本：给看不到图片的人

alt-waifu = 一张动漫人脸，种子 { $seeds }，由模型 { $model } 绘制。
alt-grid = { $count } 张动漫人脸排成的网格，种子 { $seeds }，由模型 { $model } 绘制。
alt-morph = 动漫人脸依次渐变，种子 { $seeds }，由模型 { $model } 绘制。

## 按钮与菜单

again = 再来一张
wilder = 更狂野
calmer = 更平和
delete = 删除

## /queue 与 /cancel

queue = { $waiting } 个在排队，{ $running } 个正在画。
queue-yours-waiting = 你的请求排在{ $place }{ $eta }：`{ $line }`
queue-yours-running = 你的请求正在画：`{ $line }`
cancelled-none = 你没有正在排队的请求。
cancelled = 已取消 { $count } 个请求。

## /status

worker-ready = 画师已就绪，设备 { $device }，模型 { $models }；共启动过 { $starts } 次。
worker-starting = 画师正在启动；共启动过 { $starts } 次。
worker-down = 画师无法启动；已尝试 { $starts } 次。
memory = 内存：机器人 { $bot }，画师 { $worker }。
speed = 最近每秒 { $faces } 张脸；已运行 { $uptime }。
unknown = 未知
duration = { $days } 天 { $hours } 小时 { $minutes } 分钟
