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

## 命令与选项的名称和说明（英文写在代码里）

# 名称：1–32 字，不含空格和大写字母；说明：最多 100 字。

command-waifu = 老婆
    .description = 画一张动漫人脸
command-grid = 网格
    .description = 把许多张动漫人脸画在一张图里
command-morph = 变脸
    .description = 让一张动漫人脸渐渐变成另一张，做成动画
command-queue = 排队
    .description = 看看队伍有多长，你排在第几位
command-cancel = 取消
    .description = 取消你所有还没画完的请求
command-status = 状态
    .description = 看看机器人的状况：队伍、画师、内存、速度

option-seed = 种子
    .description = 数字或词语；同一个种子永远是同一张脸。不填就给你一个惊喜
    .grid = 第一张脸的种子，数字或词语；其余的依次加一
option-psi = 截断
    .description = 截断 psi，离平均脸多远：0 平均，0.7 好看，大于 1 狂野（-2 到 2）
option-traits = 特征
    .description = 例如：发色: 粉色, 眼镜: 圆框
option-model = 模型
    .description = 由哪个模型来画
option-size = 边长
    .grid = 每边几张脸，1 到 5（不填为 3）
    .morph = 边长 × 边长张脸同时变，1 到 3
option-from = 起点
    .morph = 第一张脸的种子，数字或词语
option-to = 终点
    .morph = 最后一张脸的种子，数字或词语
option-more = 途经
    .description = 途中再经过最多六个种子，例如：30 40
option-frames = 帧数
    .description = 一共多少帧，2 到 240（不填为 60）
option-seconds = 秒数
    .description = 动画多长，用来代替帧数
option-fps = 帧率
    .description = 每秒多少帧，1 到 50（不填为 20）
option-ease = 缓动
    .description = 每一段怎样加速和减速
option-space = 空间
    .description = 路线走在哪个空间：w 最好看，z 走直线，球面走弧线
option-loop = 循环
    .description = 最后回到开头，可以一直播放下去
option-format = 格式
    .morph = gif、mp4、webp，或长条（把静止的画面并排放在一起）

choice-sine = 正弦
choice-linear = 匀速
choice-cubic = 三次
choice-w = w
choice-z = z
choice-sphere = 球面
choice-gif = gif
choice-mp4 = mp4
choice-webp = webp
choice-strip = 长条
