### 机器人的文字，简体中文。键与格式见 en.ftl 开头的说明。
###
### 用语：seed 种子；psi 狂野度；morph 变脸；mix 混合；vary 变体；edit 编辑；grid 网格；
### stream 连播；trait 特征；model 模型；artist 画师；worker 工作进程；queue 排队；recipe 配方；coarse、fine 形状、颜色（混合）或大处、细处（变体）。

## 作画途中

getting-ready = 🖌️ 画师正在准备……
queued = 🕐 你排在{ $place }{ $eta }。
place = 第 { $position } 位
eta = ，大约还要 { $wait }
seconds = { $n } 秒
minutes = { $n } 分钟
progress = 🎨 `{ $bar }` { $done }/{ $total }{ $eta }
finishing = 🎨 `{ $bar }` 马上就好……
like-searching = 🔎 `{ $bar }` 正在找最像的脸……
like-first-look = 先看一眼：左边是你的图，右边这张脸还会越来越像。

## 图片说明

waifu = 种子 { $seed }
like = 最像你这张图的脸
waifu-stored = 脸 { $seed }
grid = { $count ->
    [1] 种子 { $seed }
   *[other] 从 { $seed } 起的 { $count } 张脸
}
grid-psis =
    { $count ->
        [1] 种子 { $seed }
       *[other] 从 { $seed } 起的 { $count } 张脸
    }
    从左到右，狂野度 { $psis }：0 是平均脸，大于 1 就狂野了
grid-named = { $count } 张脸：{ $seeds }
grid-named-psis =
    { $count } 张脸：{ $seeds }
    从左到右，狂野度 { $psis }：0 是平均脸，大于 1 就狂野了
morph = 变脸：{ $path }
morph-self = { $seed }，逐渐变化
mix = { $coarse } 的形状，配 { $fine } 的颜色
mix-layers = 第 { $layers } 层来自 { $coarse }，其余来自 { $fine }
mix-table =
    每一行的形状来自：{ $coarse }
    每一列的颜色来自：{ $fine }
mix-table-layers =
    每一行的第 { $layers } 层来自：{ $coarse }
    每一列的其余各层来自：{ $fine }
vary = { $layers ->
    [coarse] { $seed } 画了九次，只有较大的随机细节不同
    [fine] { $seed } 画了九次，只有最细的随机细节不同
   *[other] { $seed } 画了九次，只有随机细节不同
}
vary-moving = { $layers ->
    [coarse] { $seed }，每一帧较大的随机细节都不同
    [fine] { $seed }，每一帧最细的随机细节都不同
   *[other] { $seed }，每一帧的随机细节都不同
}
vary-z =
    第一张是 { $seed }，其余八张是与它相近的脸
    -# 换成会画随机细节的模型，就会保留这张脸，只改变细节。
vary-z-moving =
    { $seed } 依次变成与它相近的脸
    -# 换成会画随机细节的模型，就会保留这张脸，只改变细节。
psi = { $seed }，狂野度从 { $first } 到 { $last }：0 是平均脸，大于 1 就狂野了
edit = { $seed }，**{ $change }**（幅度 { $amount }）
edit-away = { $seed }，朝 **{ $direction }** 的反方向改变（幅度 { $amount }）
edit-strip = { $seed }，沿 **{ $direction }** 从 { $least } 变到 { $most }
edit-moving = { $seed }，沿 **{ $direction }** 从 { $least } 变到 { $most }，再变回来
edit-chart = **{ $direction }** 分别会怎样改变 { $seed }（{ $least } 到 { $most }）；用 /{ command-edit } 时，可以把其中一个填在“{ option-direction }”里
# 静态的编辑怎样改变一张脸：变成某个特征值，或者沿着一个没有特征值的方向。
change-to = { $trait }变为{ $value }
change-along = 沿 { $direction } 改变
# 由别的脸做成的脸，用它最初的种子来称呼；名字太长时，其余部分写成 …。
made-near = { $face }（相近的脸）
made-move = { $face }（改动过）
made-noise = { $face }（细节不同）
made-mix = { $first } + { $second }
made-between = { $first } / { $second }
made-long = { $face }（…）
# 单独成行，在其他文字下面。
with-traits = 特征：{ $traits }
with-last-traits = 最后变成：{ $traits }
reduced = -# 为了能发到这里，已压缩：{ $changes }。
reduced-side = -# 为了能发到这里，已从 { $before } 像素缩小到 { $side } 像素。
too-late = <@{ $person }>，你的图画得太久，超过了 Discord 的等待时间，现在补发。
elsewhere = <@{ $person }>，Discord 不让你的图发在原来的消息里，所以改发在这里。
restarting = 🕐 机器人正在重启，你的图马上就来。
too-late-sentence = <@{ $person }>，关于你的请求：{ $sentence }
like-found = 右边是 { $model } 能画的脸里，最像你这张图的一张
like-far = 右边是 { $model } 能画的脸里，最像你这张图的一张；不过它学的是另一类脸，只能像到这个程度
like-private = 点“{ post }”只会发出这张脸。你的图我已经忘掉了。
like-first-of = 那条消息里有 { $count } 张图，这是照第一张找的；其他的图可以交给 /{ command-like }。
like-made-here = 这张图本来就是在这里画的，不用找，画的就是下面这张。

## 一张脸的样子，几个词说清："水蓝色波波头、眨眼、猫耳"。$word 是特征值在这种语言里的叫法。

comma = 、
look-tone = { $value ->
   *[other] { $word }
}
look-hair = { $tone }头发
look-hairdo = { $value ->
   *[other] { $tone }{ $word }
}
look-back-hair = { $value ->
   *[other] { $word }
}
look-expression = { $value ->
    [neutral] 神情平静
   *[other] { $word }
}
look-accessory = { $value ->
    [none] 不戴饰品
    [flower] 头上戴花
    [horns] 头上长角
   *[other] { $word }
}
look-glasses = { $value ->
    [none] 不戴眼镜
    [shades] 墨镜
    [monocle] 单片眼镜
   *[other] { $word }眼镜
}
look-ears = { $value ->
   *[other] { $word }
}
look-second-eye = { $value ->
    [same] 双眼同色
   *[other] 一只{ $word }眼睛
}
look-pupils = { $value ->
    [slit] 竖瞳
   *[other] { $word }瞳孔
}
look-mark = { $value ->
    [none] 脸上没有印记
    [mole] 美人痣
    [plaster] 脸上贴着创可贴
    [heart] 脸上有爱心
   *[other] { $word }
}
look-eyes = { $value ->
   *[other] { $word }眼睛
}
look-clothes = { $value ->
   *[other] { $word }
}
look-dye = { $value ->
    [none] 没有染发
    [tips] 发梢染色
    [inner] 内层染色
   *[other] { $word }
}
look-earrings = { $value ->
    [none] 不戴耳环
    [hoop] 大圈耳环
   *[other] { $word }
}
look-bangs = { $value ->
    [messy] 凌乱的刘海
    [parted] 中分刘海
   *[other] { $word }
}
look-eye-shape = { $value ->
   *[other] { $word }
}
look-skin = { $value ->
   *[other] { $word }皮肤
}
look-face = { $value ->
    [mature] 成熟的脸
    [angular] 棱角分明的脸
   *[other] { $word }
}
look-style = { $value ->
   *[other] 气质{ $word }
}
look-background = { $value ->
    [window] 窗边
   *[other] { $word }背景
}
look-time = { $value ->
   *[other] { $word }
}
look-shading = { $value ->
   *[other] { $word }画风
}
alt-look = { $look }。

## 一张脸朝哪边改了；左右是看图的人的左右

moved-turn = { $end ->
    [less] 头转向左边
   *[more] 头转向右边
}
moved-nod = { $end ->
    [less] 抬着头
   *[more] 低着头
}
moved-tilt = { $end ->
    [less] 头歪向左边
   *[more] 头歪向右边
}
moved-gaze = { $end ->
    [less] 眼睛看向左边
   *[more] 眼睛看向右边
}
moved-mouth-curve = { $end ->
    [less] 嘴角下垂
   *[more] 嘴角上扬
}
moved-eye-opening = { $end ->
    [less] 眼睛半闭
   *[more] 眼睛睁得大大的
}
moved-eye-size = { $end ->
    [less] 眼睛小一点
   *[more] 眼睛大一点
}
moved-brow = { $end ->
    [less] 八字眉
   *[more] 倒八字眉
}
moved-blush = { $end ->
    [less] 腮红淡一点
   *[more] 腮红浓一点
}
moved-back-length = { $end ->
    [less] 头发短一点
   *[more] 头发长一点
}
moved-wind = { $end ->
    [less] 头发被风吹向左边
   *[more] 头发被风吹向右边
}
moved-light-side = { $end ->
    [less] 光从左边照来
   *[more] 光从右边照来
}

## 替代文本：给看不到图片的人

alt-waifu = 一张动漫人脸，种子 { $seed }，由模型 { $model } 绘制。
alt-like = 左边是一张上传的图片，右边是模型 { $model } 能画出的最像它的动漫人脸。
alt-waifu-stored = 一张动漫人脸，存为 { $seed }，由模型 { $model } 绘制。
alt-grid = 从种子 { $seed } 起的 { $count } 张动漫人脸排成的网格，由模型 { $model } 绘制。
alt-grid-psis = 从种子 { $seed } 起的同样 { $count } 张动漫人脸，以狂野度 { $psis } 并排，由模型 { $model } 绘制。
alt-grid-named = { $count } 张动漫人脸排成的网格：{ $seeds }。由模型 { $model } 绘制。
alt-grid-named-psis = 同样的 { $count } 张动漫人脸，以狂野度 { $psis } 并排：{ $seeds }。由模型 { $model } 绘制。
alt-morph = 动漫人脸依次渐变，种子 { $seeds }，由模型 { $model } 绘制。
alt-morph-self = 种子 { $seed } 的动漫人脸，逐渐变化，由模型 { $model } 绘制。
alt-mix = 一张动漫人脸，形状来自种子 { $coarse }，颜色来自种子 { $fine }，由模型 { $model } 绘制。
alt-mix-layers = 一张混合的动漫人脸，第 { $layers } 层来自种子 { $coarse }，其余来自种子 { $fine }，由模型 { $model } 绘制。
alt-mix-table = 动漫人脸的表格：每一行的形状来自左侧的种子 { $coarse }，每一列的颜色来自上方的种子 { $fine }。由模型 { $model } 绘制。
alt-mix-table-layers = 动漫人脸的表格：每一行的第 { $layers } 层来自左侧的种子 { $coarse }，每一列的其余各层来自上方的种子 { $fine }。由模型 { $model } 绘制。
alt-vary = 种子 { $seed } 的动漫人脸画了九次，随机细节各不相同，由模型 { $model } 绘制。
alt-vary-moving = 种子 { $seed } 的动漫人脸，随机细节不断变化，由模型 { $model } 绘制。
alt-vary-z = 种子 { $seed } 的动漫人脸，和八张与它几乎一样的脸，由模型 { $model } 绘制。
alt-vary-z-moving = 种子 { $seed } 的动漫人脸，渐变成与它几乎一样的脸，由模型 { $model } 绘制。
alt-psi = 种子 { $seed } 的动漫人脸，狂野度从 { $first } 到 { $last } 并排：从平均到狂野。由模型 { $model } 绘制。
alt-edit = 种子 { $seed } 的动漫人脸，{ $change }（幅度 { $amount }），由模型 { $model } 绘制。
alt-edit-away = 种子 { $seed } 的动漫人脸，朝 { $direction } 的反方向改变（幅度 { $amount }），由模型 { $model } 绘制。
alt-edit-strip = 种子 { $seed } 的动漫人脸，沿 { $direction } 从 { $least } 变到 { $most }，并排排列，由模型 { $model } 绘制。
alt-edit-moving = 种子 { $seed } 的动漫人脸，沿 { $direction } 从 { $least } 变到 { $most } 再变回来，由模型 { $model } 绘制。
alt-edit-chart = 种子 { $seed } 的动漫人脸的图表：{ $direction } 各占一行，从 { $least } 变到 { $most }。由模型 { $model } 绘制。

## 按钮

again = 再来一张
wilder = 更狂野
calmer = 更平和
delete = 删除
back = 上一张
post = 公开发布

## 图片下方：按钮、菜单，以及它们打开的对话框

recipe = 配方
draw = 画出来
more = 更多……
more-vary = 变体
about-vary = 还是这张脸，每次略有不同
more-psi = 从平均到狂野
about-psi = 还是这张脸，狂野度逐步升高
more-mix = 混合……
about-mix = 姿势和发型取自这张脸，颜色取自另一张
more-morph = 变脸……
about-morph = 让它渐渐变成另一张脸，做成动画
more-edit = 编辑……
about-edit = 想改什么就改什么：头发、眼镜、朝向……
more-change = 用文字改……
about-change = 写出要改什么：蓝色头发、无眼镜、转头: 2
more-story = 故事
about-story = 这张脸是谁，故事怎样开始
more-keep = 收藏
about-keep = 把这张脸放进你的收藏
more-first = 第一张脸
about-first = 姿势和发型取自它
more-second = 第二张脸
about-second = 颜色取自它
more-before = 改变之前的脸
about-before = 还没做这处改变的样子
pick = 选一张脸……
pick-at = 选一张脸：{ $group }……
group-at-psi = 狂野度 { $psi }
group-originals = 原来的脸
group-mixed = 混合出来的脸
group-along = { $direction }
group-in-frame = 第 { $frame } 帧
face-in-grid = 种子 { $seed } · 第 { $row } 行第 { $column } 列
face-in-grids = 种子 { $seed } · 狂野度 { $psi } · 第 { $row } 行第 { $column } 列
face-at-psi = 狂野度 { $psi }
face-of-seed = 种子 { $seed } · 第 { $frame } 帧
face-mixed = 第 { $row } 行第 { $column } 列 · 形状 { $coarse }，颜色 { $fine }
face-of-seed-at = 种子 { $seed } · 第 { $frame } 帧 · 第 { $row } 行第 { $column } 列
face-in-frame = 第 { $frame } 帧
face-between-at = 第 { $frame } 帧 · 第 { $row } 行第 { $column } 列
face-above = 种子 { $seed } · 第 { $column } 列上方
face-beside = 种子 { $seed } · 第 { $row } 行左边
face-itself = 原来的脸 · 第 { $row } 行第 { $column } 列
face-relative = 相近的脸 { $number } · 第 { $row } 行第 { $column } 列
face-details = 不同的细节 { $number } · 第 { $row } 行第 { $column } 列
face-moved = { $direction } { $amount }
frame-first = 第一帧
frame-last = 最后一帧
moment = 别的时刻……
moment-about = 写第几帧，或进行到百分之几
moment-frame = 哪个时刻
moment-frame-about = 第几帧，1 到 { $high }，或进行到百分之几，例如 50%
moment-face = 其中哪张脸
moment-face-about = 1 到 { $high }，从左到右一行一行地数
other-face = 另一张脸，或好几张
other-face-mix = 数字或词语；用逗号隔开好几个，就画成表格。颜色取自它们。
other-face-morph = 数字或词语；用逗号隔开好几个，就依次变过去。
other-face-example = 20, 30, 丽
factors = 其他
worded = 姿势、眼睛、光线等
change = 改变什么
change-about = 用逗号隔开，可以写好几样；也可以在下面选。
change-example = 发色: 蓝色, 无眼镜, 转头: 2
change-example-plain = d1: 0.75, d3: -1
change-choices = 可以选好几样；这里没有的，写在上面。
reopen = 改一改再试

## 捏脸：一步一步改一张脸的面板

maker-another = 换一张脸
maker-left = 向左转
maker-right = 向右转
maker-undo = 撤销
maker-redo = 重做
maker-post = 公开发布
maker-aspects = 要改什么……
maker-values = { $aspect }……
maker-unmoved = 不变
maker-end = { $end }（{ $amount }）
# 一个菜单放不下的时候。
maker-pages = 看看其他的……
maker-page-aspects = 可以改的：第 { $first } 到 { $last } 项，共 { $count } 项
maker-page-values = 可以选的：第 { $first } 到 { $last } 项，共 { $count } 项

## 用白话解释配方

recipe-of-this = 📜 这张图的配方：
means = - `{ $word }`：{ $meaning }
means-waifu = 一张脸
means-grid = 一张图里的许多张脸
means-morph = 依次变化的几张脸
means-mix = 用两张脸混合出的一张脸，或者这样的脸组成的表格
means-vary = 同一张脸的各种变体
means-psi-row = 同一张脸从平均到狂野，并排放在一起
means-edit = 沿着一个方向改变的脸
means-like = 模型能画的脸里，最像一张图片的那张
means-picture = 那张图片，用指纹来表示；图片本身不会保存
means-seed = 种子，这张脸由它生成；同一个种子永远是同一张脸
means-side = 每边几张脸
means-seeds-in-turn = 各张脸的种子，按此顺序；同一个种子永远是同一张脸
means-seeds-mixed = 种子；第一个决定姿势和发型
means-model = 用哪个模型来画
means-psi = 狂野度，离平均脸多远：0 平均，0.7 好看，大于 1 就狂野了
means-cutoff = 狂野度只作用于最前面的几层；其余各层一律按狂野度 1 来画
means-noise = 最细的细节从哪里来
means-rotate = 画面逆时针转多少度
means-shift = 画面向右、向下移动多少，以画面宽度为单位
means-first-seed = 第一张脸的种子；其余的依次加一
means-frames = 动画有多少帧
means-fps = 每秒放多少帧
means-ease = 每一段怎样加速和减速
means-space = 从一张脸到另一张脸，在哪个空间里过渡
means-loop = 最后是否回到开头
means-size = 每边几张脸同时变
means-format = 文件格式
means-trait = 这张脸的特征
means-last-trait = 最后一张脸的特征
means-faces = 各张脸，按此顺序
means-fine = 决定颜色的种子
means-layers-mixed = 取自第一个种子的层；0 最粗
means-layers-varied = 在哪里变化：大处、细处或全部
means-layers-moved = 会改变的层；0 最粗
means-by = 变体怎么产生：改变噪声，或者取相近的种子
means-first = 从第几张相近的脸或第几种细节开始
means-from = 第一张脸的狂野度
means-to = 最后一张脸的狂野度
means-steps = 几张脸
means-direction = 改变什么
means-amount = 改变多少；小于 0 就是反方向
form-near = 与某张脸相近的脸，用编号指定是第几张
form-noise = 同一张脸，只有随机细节不同
form-mix = 一张脸的某几层，配上另一张脸的其余各层
form-move = 沿着几个方向改变的脸，每个方向各有幅度
form-move-to = 改动过的脸：{ $moves }
form-between = 一张脸变成另一张脸，中途的样子
form-own = 有自己的特征或狂野度的种子
form-vector = 存下来的脸，用指纹来表示；图里有它的全部数据
from-the-shell = 在命令行里重新画出来：
from-the-shell-saved = 把图存为 FILE，就可以在命令行里重新画出来：

error-too-fast = 你一分钟内已经要了 { $limit } 张图；{ $seconds } 秒后可以再要下一张。
error-no-step-back = 只能在一天之内返回上一张；这条消息之前的图已经找不到了。
error-no-recipe-here = 这条消息里没有配方，请选一条带有在这里画的图的消息。
error-many-faces = 这张图里有好几张脸，请先从下方的菜单里选一张。
error-one-direction = 请从菜单里选一个方向，只选一个。
error-no-such-moment = 这个动画里没有“{ $value }”这个时刻；请写第几帧，1 到 { $high }，或进行到百分之几，例如 50%。
error-dialog-gone = 这个对话框太旧，已经不知道它属于哪张图了；请从那张图重新打开。
error-nothing-to-change = 请写出要改什么，例如：发色: 蓝色, 无眼镜, 转头: 2。
error-changed-twice = “{ $name }”写了两次；请只留一个。
error-no-seed-to-change = 这张脸存的时候没有种子，所以特征改不了；可以改一个方向，例如 d1: 0.75。
error-equal-frames = 这样每一帧都一模一样；请换一个种子或别的特征，狂野度和幅度也不要用 0。
error-file-too-large = { $file } 超过了 { $limit }；在这里画的图都没有这么大。
error-files-unread = { $count } 个文件里只读了前 { $limit } 个，其中没有配方；请把要找的那个交给 /{ command-recipe }。
error-not-allowed = Discord 不允许机器人在这里回复；管理员可以给它这些权限：查看频道、发送消息、附加文件。
error-thread-closed = 这个子区已归档或锁定，机器人无法在这里回复；请重新打开它，或换个地方再试。
error-filtered = 本服务器的过滤器（自动审核）或 Discord 拒绝了回复；请换个地方再试。
error-not-accepted = Discord 没有接受在这里的回复（错误 { $number }）；请再试一次，或换个地方。
error-file-unreachable = 没能及时从 Discord 下载 { $file }；请先保存下来，再交给 /{ command-recipe }。
error-no-picture-here = 这条消息里没有图；请选一条有图的，或者把图交给 /{ command-like }。
error-picture-unreachable = 没能从 Discord 下载这张图；请重新上传一次，再交给 /{ command-like }。
error-upload-forgotten = 还没找到脸，我就重启了，而大家给我看的图我都不会保存；请稍等片刻，再给我看一次。

## /故事

story-likes = 喜欢
story-dislikes = 不喜欢
story-plot = 故事

## 输入时的建议

layers-coarse = 形状：姿势、脸和头发的轮廓（{ $layers }）
layers-middle = 中间：五官、眼睛和主要颜色（{ $layers }）
layers-most = 几乎全部；另一张脸只影响色调（{ $layers }）
part-all = 所有随机细节
part-coarse = 较大的细节
part-fine = 最细的细节
part-same = { $part }（这个模型里和全部一样）
chart = 看看 { $directions } 会改变什么
factor = { $name }（每个模型都有；用图表看看它的作用）

## /waifubot queue 与 /waifubot cancel

queue = { $waiting } 个请求在排队，{ $running } 个正在画。
queue-yours-waiting = 你的请求排在{ $place }{ $eta }：`{ $line }`
queue-yours-running = 你的请求正在画：`{ $line }`
cancelled-none = 你没有正在排队的请求。
cancelled = 已取消 { $count } 个请求：
stream-stopped = 已停止你的连播。

## /waifubot status

worker-ready = 工作进程已就绪，设备 { $device }，模型 { $models }；已启动过 { $starts } 次。
worker-starting = 工作进程正在启动；已启动过 { $starts } 次。
worker-down = 工作进程启动不了；已尝试 { $starts } 次。
memory = 内存：机器人 { $bot }，工作进程 { $worker }。
shards = 分片：共 { $count } 个，已连接 { $connected } 个。
shards-lost = 分片：共 { $count } 个，已连接 { $connected } 个；断开的是 { $lost }。
speed = 最近每秒画 { $faces } 张脸；已运行 { $uptime }。
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
command-mix = 混合
    .description = 让一张脸换上另一张脸的颜色，或者一次画出一整张表格
command-vary = 变体
    .description = 把同一张脸画九次，小细节各不相同
command-psi = 狂野度
    .description = 看一张脸从平均变到狂野
command-edit = 编辑
    .description = 改一张脸上的任何东西：头发、眼睛、笑容
command-make = 捏脸
    .description = 在只有你看得到的面板里，一步一步捏出一张脸
command-like = 找脸
    .description = 给一张图，找出最像它的脸；公开发布之前只有你看得到
command-waifubot = waifubot
    .description = 帮助、设置、排队情况、模型，以及机器人的状况
command-waifubot-settings = 设置
    .description = 查看和修改默认设置：没有另外填写时，你的图是什么样子；也可以为本服务器设置
command-waifubot-queue = 排队
    .description = 看看有多少请求在排队，你排在第几位
command-waifubot-cancel = 取消
    .description = 取消你所有还没画完的请求
command-waifubot-status = 状态
    .description = 看看机器人的状况：排队、工作进程、内存、速度
command-waifubot-forget = 忘记我
    .description = 删掉机器人记着的关于你的一切，包括你的收藏
command-stream = 连播
    .description = 在一条消息里每隔几秒换一张新脸
command-daily = 每日一脸
    .description = 画出你的今日之脸，看看你连续来了多少天
command-collection = 收藏
    .description = 看看你收藏的脸，或者别人的；只有你能看到回复
option-person = 谁
    .description = 看谁的收藏；不填就看你自己的
menu-show-collection = 查看收藏
command-story = 故事
    .description = 讲讲一张脸的故事：是谁，喜欢什么，故事怎样开始
command-waifubot-help = 帮助
    .description = 看看这个机器人会做什么，每样都配图
command-waifubot-model = 模型
    .description = 看看有哪些模型可以用，并选择由哪一个为你画
command-waifubot-model-list = 列表
    .description = 看看有哪些模型可以用，并从菜单里选一个
command-waifubot-model-info = 详情
    .description = 看看一个模型画什么样的图，有哪些特征
command-waifubot-model-choose = 选择
    .description = 选择由哪个模型为你画，在哪个服务器都有效
command-waifubot-model-server = 服务器
    .description = 为本服务器里没选过模型的人选择模型（需要“管理服务器”权限）

command-recipe = 配方
    .description = 看看一张图是怎么画出来的，以及怎样再画一次
option-picture = 图片
    .description = 在这里画的图片或动画：PNG、GIF、WebP 或 MP4
    .like = 一张有脸的图，画的或拍的都行：PNG、JPEG、WebP 或 GIF，最多 25 MB；不会保存
menu-show-recipe = 查看配方
menu-use-as-start = 以此为起点
menu-morph-with = 与之变脸
menu-find-a-face-like-it = 找一张像它的脸

option-seed = 种子
    .description = 数字或词语；同一个种子永远是同一张脸。不填就随机，给你一个惊喜
    .grid = 第一张脸的种子，数字或词语；其余的依次加一
    .vary = 哪张脸，数字或词语
    .psi = 哪张脸，数字或词语
    .edit = 哪张脸，数字或词语
option-face = 脸
    .description = 数字、词语，或一张图的配方行；不填就用你在这里的上一张脸，没有就画一张新的
    .make = 数字、词语，或一张图的配方行；不填就接着你上次捏的那张
option-wildness = 狂野度
    .description = 离平均脸多远：0 平均，0.7 好看，大于 1 就狂野了（-2 到 2）
    .grid = 离平均脸多远：0.7 好看，大于 1 就狂野了；写几个值（如 0.3, 0.7, 1.3）就并排显示
option-private = 私密
    .description = 只有你能看到这张图；之后点“公开发布”就能给大家看
    .waifubot-settings = 图只给要图的人看；之后点“{ post }”就能给大家看
option-traits = 特征
    .description = 例如：发色: 粉色, 眼镜: 圆框
    .morph = 每张脸都有的特征，例如：发色: 黑色
option-to-traits = 最终特征
    .description = 最后一张脸会变成的特征，例如：发色: 粉色；起点和终点可以是同一张脸
option-coarse = 形状
    .description = 姿势和形状取自哪张脸：种子或词语；用逗号隔开写几个（最多五个）就画成表格，如 10, 11, 12
option-fine = 颜色
    .description = 颜色和细节取自哪张脸：种子或词语；用逗号隔开，最多写五个
option-layers = 层
    .mix = 多少来自第一张脸，例如 0-3（不填约一半）
    .vary = 哪些地方可以不同：大处、细处，或全部
option-change = 改变
    .description = 改变什么，例如 发色: 蓝色, 无眼镜, 转头: 2
option-direction = 方向
    .description = 往哪个方向变，d1 到 d10；它和“{ option-change }”都不填，就用图表看看 d1 到 d5 会改变什么
option-amount = 幅度
    .description = 沿这个方向变多少，小于 0 就是反方向（-3 到 3）
option-steps = 步数
    .description = 几张脸，2 到 12（不填为 7）
option-model = 模型
    .description = 由哪个模型来画
    .waifubot-model-info = 哪个模型；不填就看现在为你画的那个
    .waifubot-model-choose = 哪个模型；不填就取消你的选择
    .waifubot-model-server = 哪个模型；不填就取消本服务器的选择
option-whose = 谁的
    .description = 你自己的设置，还是本服务器的（需要“管理服务器”权限）
option-per-minute = 每分钟张数
    .description = 在本服务器里，每人每分钟可以要几张图
option-language = 语言
    .description = 我用什么语言回复你，如果不想和你的 Discord 一致
option-reset = 重置
    .description = 清除其中一项设置，或者全部清除
option-minutes = 分钟
    .description = 持续多久，1 到 12（不填为 5）
option-size = 边长
    .grid = 每边几张脸，1 到 5（不填为 3）
    .stream = 每边几张脸，1 到 5（不填为 1）
    .morph = 每边几张脸一起变，1 到 3
    .waifubot-settings = 网格每边几张脸，1 到 5
option-from = 起点
    .morph = 第一张脸的种子，数字或词语
    .psi = 从哪里开始：0 是平均脸（不填为 0，-2 到 2）
option-to = 终点
    .morph = 最后一张脸的种子，数字或词语
    .psi = 到哪里结束：0.7 好看，大于 1 就狂野了（不填为 1.5，-2 到 2）
option-more = 途经
    .description = 途中再经过最多 22 个种子或词语，例如：30, 40, 明日香
option-frames = 帧数
    .description = 一共多少帧，2 到 240，mp4 最多 3600（不填为 60）
option-seconds = 秒数
    .description = 动画多长，用来代替帧数
option-fps = 帧率
    .description = 每秒多少帧，1 到 50（不填为 20）
option-ease = 缓动
    .description = 每一段怎样加速和减速
option-space = 空间
    .description = 在哪个空间里过渡：w 最好看，z 走直线，球面走弧线
option-loop = 循环
    .description = 最后回到开头，可以一直播放下去
option-format = 格式
    .morph = gif、mp4、webp，或长图（静止画面并排放在一起）
    .vary = png（九张拼在一起），或会动的 gif、mp4、webp
    .edit = png（改变后的脸）、长图（一步一步），或 gif、mp4、webp（变过去再变回来）
    .waifubot-settings = 动画的格式

choice-mine = 我的
choice-server = 本服务器
choice-wildness = 狂野度
choice-format = 格式
choice-fps = 帧率
choice-size = 边长
choice-private = 私密
choice-per-minute = 每分钟张数
choice-language = 语言
choice-model = 模型
choice-everything = 全部
choice-sine = 正弦
choice-linear = 匀速
choice-cubic = 三次
choice-w = w
choice-z = z
choice-sphere = 球面
choice-png = png
choice-gif = gif
choice-mp4 = mp4
choice-webp = webp
choice-strip = 长图

## /waifubot 设置

# 说这种语言的人怎样称呼它。
language-name = 简体中文
settings-saved = ✅ 已保存。
settings-yours = **你的设置**：没有另外填写时，就按这里的来。
settings-servers = **本服务器的设置**：自己没有另外选择的人，都按这里的来。
setting = - { $name }：**{ $value }** · { $origin }
setting-wildness = 狂野度
setting-format = 动画格式
setting-fps = 每秒帧数
setting-size = 网格每边几张脸
setting-private = 图只给要图的人看
setting-per-minute = 每人每分钟几张图
setting-language = 回复用的语言
setting-model = 模型
setting-by-you = 你选的
setting-by-server = 本服务器选的
setting-by-default = 没人选过
setting-yes = 是
setting-no = 否
setting-any = 不限
setting-as-in-discord = 与你的 Discord 一致

## /waifubot model 模型

model-head = **这里可以用的模型**
model-default = 机器人的默认模型
model-of-server = 本服务器的选择
model-of-you = 你的选择
model-about = { $side } 像素，特征：{ $traits }
model-plain = { $side } 像素，没有特征
model-menu = 选一个模型为我画……
model-no-choice = 不指定，用这里的默认模型
model-gone = 你选的模型 **{ $model }** 已经不在了，现在由别的模型为你画；用 `/{ command-waifubot } { command-waifubot-model } { command-waifubot-model-list }` 看看有哪些模型。
model-yours = 从现在起由 **{ $model }** 为你画，除非你另外指定。
model-not-yours = 已取消你的选择；在这里由 **{ $model }** 为你画。
model-never-yours = 你没有选过模型；在这里由 **{ $model }** 为你画。
model-never-servers = 本服务器没有选过模型；由 **{ $model }** 来画。
model-servers = 从现在起，本服务器里没有自己选过模型的人，都由 **{ $model }** 来画。
model-not-servers = 已取消本服务器的选择；现在由 **{ $model }** 来画。
model-not-kept = -# 现在已生效，但没有记住：我的磁盘暂时写不进去，重启后可能会忘记。
model-info = **{ $model }** 画 { $width } × { $height } 像素的脸。指纹是 `{ $digest }`。
model-numbers = 数字
model-no-traits = 它没有特征可选，只看种子和狂野度。
model-is-default = 它是机器人的默认模型。
model-title = 它的文件名是 { $title }。
model-aliases = 在配方里它也可以叫 { $names }。

## /stream 连播

stream-on = 每隔几秒换一张新脸；点“{ stop }”就留下当前这张。
stream-waiting = 🕐 等没有别人在排队了，连播就会开始。
stop = 停止

## /collection 收藏

kept = 🗂️ 已收藏：这是你收藏里的第 **{ $number }** 张脸。
collection-yours = 🗂️ **你的收藏**：{ $count } 张脸
collection-theirs = 🗂️ **<@{ $person }> 的收藏**：{ $count } 张脸
collection-page = 第 { $page } 页，共 { $pages } 页
collection-empty-yours = 这里还是空的。在任何一张脸下方的菜单里选**收藏**，它就会来到这里。
collection-empty = 这里还是空的。
collection-is-hidden = -# 🔒 只有你自己能看。
collection-is-shown = -# 👁️ 别人也能看。
collection-problem = ⚠️ { $problem }
alt-collection = 一张带编号的动漫人脸总览图：{ $faces }
collection-pick = 选一张脸接着画……
collection-change = 给一张脸起名、送人或删掉……
collection-earlier = 上一页
collection-later = 下一页
collection-export = 导出
collection-hide = 不让别人看
collection-show = 让别人看
collection-chosen = 想对这张脸做什么？
collection-give = 送给……
collection-name = 起名……
collection-remove = 删掉
collection-back = 回到收藏
collection-open = 我的收藏
collection-removed =
    已删掉。用这行配方还能再画出这张脸：
    `{ $line }`
collection-named = 这张脸有了新名字。
collection-unnamed = 这张脸现在没有名字了。
collection-exported = 文本文件里是你收藏的全部配方，图片是这一页。
name-title = 给这张脸起名
name-label = 名字
name-about = 最多 32 个字符；留空就去掉名字。

## 礼物：一个人送给另一个人的脸

gift-offer = 🎁 <@{ $recipient }>，<@{ $giver }> 想送一张脸给你收藏：**{ $what }**。这份礼物 { $when } 失效。
gift-waiting = 🎁 <@{ $giver }> 想送你一张脸：**{ $what }**
gift-offered = 🎁 正在等 <@{ $recipient }> 接受：7 天之内，在这里或在自己的收藏里都可以。在那之前，这张脸还是你的。
gift-accept = 接受
gift-decline = 谢谢，不用了
gift-accepted = 🎁 <@{ $recipient }> 收下了 <@{ $giver }> 送的脸：**{ $what }**
gift-declined = <@{ $recipient }> 没有收下这张脸，它还是 <@{ $giver }> 的。

## /daily 每日一脸

daily = { $days ->
    [1] ☀️ 你的今日之脸，{ $date }
   *[other] ☀️ 你的今日之脸，{ $date } · 🔥 连续 { $days } 天
}

## /waifubot forget

forget-what = **要把我记着的关于你的一切都删掉吗？** 包括你的设置，你的收藏，别人送你或你送别人、还没收下的礼物，你连续来的天数，捏脸面板和“{ back }”记着的内容，以及存下来的脸：照着你的图找到的，和配方太长的。
    已经发出的图会留在原处。写着这些存下来的脸的配方，以后就画不出来了。你还在等的图会被取消。删掉以后无法恢复。
forget-all = 全部删掉
forgotten = 好了，关于你的一切我都不再记着了。

## /waifubot help 帮助

help-head = **我会画什么。** 先试试 `/{ command-waifu }`；每张图下面都有按钮，可以接着玩。
help-waifu = 一张脸。同一个种子（数字或词语）永远是同一张脸。
help-waifu-alt = 一张动漫人脸。
help-grid = 一次画许多张脸；可以从下面的菜单里挑一张。
help-grid-alt = 九张动漫人脸排成的方阵。
help-morph = 一张脸渐渐变成另一张的动画。
help-morph-alt = 一张动漫人脸正在变成另一张。
help-mix = 一张脸的姿势和发型，配上另一张脸的颜色。
help-mix-alt = 一张表格：上边和左边是原来的脸，中间是两两混合的结果。
help-vary = 还是同一张脸，只换些细小的地方。
help-vary-alt = 同一张动漫人脸画了好几遍，只有细小的差别。
help-psi = 同一张脸，从平均到狂野。
help-psi-alt = 同一张动漫人脸排成一行，从平均到狂野。
help-edit = 改脸上的任何东西：头发、眼睛、眼镜……
help-edit-alt = 一张正在换发色的动漫人脸。
help-make = 一步一步捏出一张脸：头发、眼睛、衣服……发布之前只有你看得到。
help-make-alt = 一张动漫人脸先变成粉色头发，再戴上眼镜，再戴上猫耳。
help-like = 给我看一张图，我来找最像它的脸。公开发布之前只有你看得到。
help-like-alt = 一张草图，旁边是一张和它很像的动漫人脸。
help-stream = 每隔几秒一张新脸，持续几分钟。
help-stream-alt = 动漫人脸一张接一张。
help-story = 一张脸是谁：名字、喜好，还有故事的开头。
help-story-alt = 一张动漫人脸，下面是介绍这张脸的卡片。
help-daily = 你的今日之脸，以及你连续来了多少天。
help-daily-alt = 一张动漫人脸。
help-collection = 你收藏的脸：每张脸下方的菜单里都有**收藏**。
help-collection-alt = 四张带编号的动漫人脸。
help-recipe = 一张图是怎么画出来的；上传图片，或在消息上点右键（手机上长按），再选“应用”。
help-recipe-alt = 一张动漫人脸和画出它的那一行配方。
help-model = 有哪些模型可以用，由哪一个为你画。
help-model-alt = 几张动漫人脸叠在一起。
help-settings = 没有另外填写时，你的图是什么样子，以及我用什么语言回复。
help-queue = 有多少请求在排队，你排在第几位。
help-cancel = 取消你还在等的图。
help-status = 机器人的状况。
help-forget = 删掉我记着的关于你的一切。
help-tail =
    -# **种子**：数字或词语。**狂野度**：离平均脸多远；0.7 好看，大于 1 就狂野了。**特征**：脸上要有什么，例如 发色: 粉色。
    -# 图片上面那行小字是它的配方：有这一行或这张图，谁都能再画一次。

## 连播与模型的错误

error-already-streaming = 你已经有一个连播在进行；先用它的“停止”按钮或 /{ command-waifubot } { command-waifubot-cancel } 停掉，再开新的。
error-streams-full = 本服务器已经有 { $limit } 个连播在进行；等其中一个结束后再试。
error-all-streams-full = 机器人在所有服务器里一共已经有 { $limit } 个连播在进行；等其中一个结束后再试。
error-streams-off = 机器人的主人关闭了连播；用 /{ command-waifu } 可以一次画一张脸。
error-never-began = 画师一直忙着画别人的图，这次连播没能开始；请稍后再试。
error-interrupted = 机器人还没来得及回复就重启了，请再试一次。
error-not-your-stream = 只有发起这个连播的人或管理员才能停止它。
error-servers-only = 这里不在服务器里；用 /{ command-waifubot } { command-waifubot-settings } 可以为你自己选择。
error-not-your-server = 只有拥有“管理服务器”权限的人才能为本服务器选择；用 /{ command-waifubot } { command-waifubot-settings } 可以为你自己选择。
error-not-for-servers = 每个人自己选择{ $name }；请不要填“谁的”。
error-not-for-people = 只有服务器才能设置{ $name }；“谁的”请选“本服务器”。
error-state-away = 机器人现在读不到自己记下的东西，所以什么也没有改；请过一分钟再试。
error-collection-full = 你的收藏满了，里面有 { $limit } 张脸；请用 /{ command-collection } 删掉一张再试。
error-their-collection-full = 对方的收藏满了，收不下这张脸；它还是你的。
error-already-kept = 这张脸已经在你的收藏里了，是第 { $number } 张。
error-not-kept = 这张脸已经不在收藏里了；用 /{ command-collection } 看看里面有什么。
error-collection-hidden = 这个人没有公开自己的收藏。
error-not-your-collection = 只有本人才能改动自己的收藏；用 /{ command-collection } 看你自己的。
error-gift-gone = 这份礼物已经不在了：可能已被收下、已被收回，或者过了 7 天。
error-not-your-gift = 这份礼物是送给别人的。
error-gift-to-bot = 机器人不能收藏脸，请选一个人。
error-gift-to-yourself = 这张脸本来就是你的，请选别人。
error-only-yourself = 只有用了这个命令的人才能点这个按钮；机器人记着的关于你的一切，也只有你自己能删掉。

## 出错时说的话（英文写在 generator/contract/errors.py 与 bot/errors.py 里）

error-empty-recipe = 配方是空的；请说说要画什么，例如：waifu 123 psi=0.7。
error-unknown-kind = 没有“{ $kind }”这种图；可以选：{ $known }。
error-unknown-option = “{ $kind }”没有“{ $name }”这个选项；它的选项有：{ $known }。
error-repeated-option = 选项“{ $name }”写了两次，请只留一个。
error-bad-value = { $name }不能是“{ $value }”；应为：{ $expected }。
error-line-too-long = 配方最多 { $limit } 个字符，这个有 { $length } 个。请删掉一些内容。
error-bad-face = “{ $value }”不是一张脸；可以这样写：{ $example }。
error-out-of-range = { $name }要在 { $low } 到 { $high } 之间，不能是 { $value }。
error-too-many-values = “{ $name }”最多 { $limit } 个值，你给了 { $given } 个。
error-too-many-seeds = “{ $name }”最多 { $limit } 个种子，你给了 { $given } 个。
error-wrong-strip-length = 长图可以有 { $low } 到 { $high } 帧，不能是 { $value } 帧。
error-wrong-seconds = { $seconds } 秒、每秒 { $fps } 帧，一共是 { $value } 帧；按这个帧率，可以要 { $shortest } 到 { $longest } 秒。
error-morph-too-short = 经过 { $seeds } 个种子的变脸至少要有 { $low } 帧，这个只有 { $value } 帧。
error-no-such-layers = 这个模型只有第 0 到 { $high } 层，没有 { $value }。
error-no-such-face = 这张图里只有第 { $low } 到 { $high } 张脸，没有第 { $value } 张。
error-not-a-choice = { $name }不能是“{ $value }”；可以选：{ $choices }。
error-bad-seed = 种子是 0 到 4294967295 的整数，或者一个词；“{ $value }”都不是。
error-seed-too-long = 种子最多 { $limit } 个字符，这个有 { $length } 个。请换一个短一点的词。
error-wrong-seed-count = “{ $kind }”需要{ $expected }，你给了 { $given } 个。例如：{ $example }。
error-conflict = { $first }和{ $second }只能给一个。
error-missing-option = “{ $kind }”需要选项{ $name }；例如：{ $example }。
error-not-in-space = { $face } 这张脸没有 z，不能在空间 { $space } 里过渡到它；请不要指定空间。
error-vector-missing = 这里已经没有 @{ $digest } 这张脸了；找一张画着它的图，交给 /{ command-recipe }，就能找回来。
error-vector-misfit = @{ $digest } 这张脸不是用模型 { $model } 做的：它有 { $rows } × { $columns } 个数，这个模型需要 { $layers } × { $size } 个；请选做出它的那个模型。
error-vector-damaged = @{ $digest } 这张脸已损坏；请把另一张画着它的、完好的图交给 /{ command-recipe }。
error-too-many-vectors = 一张图里最多放 { $limit } 张存下来的脸，这张要放 { $given } 张；请减少一些。
error-too-many-pixels = { $faces } 张脸一共有 { DIVIDE($megapixels, 100) } 亿像素，一次最多画 { DIVIDE($limit, 100) } 亿像素；这样的脸最多画 { $fitting } 张。
error-too-many-frames-of-faces = { $frames } 帧、每帧 { $faces } 张脸，一共有 { DIVIDE($megapixels, 100) } 亿像素，一次最多画 { DIVIDE($limit, 100) } 亿像素；这样的帧最多画 { $fitting } 帧。
error-too-many-faces = { $frames } 帧、每帧 { $faces } 张脸，一共要画 { $total } 张脸，而一个动画最多 { $limit } 张；这样的帧最多 { $fitting } 帧。
error-too-many-for-format = { $format } 最多 { $high } 帧，不能是 { $value } 帧；选 mp4 格式的话可以有 { $most } 帧。
error-takes-too-long = 用模型 { $model } 画 { $frames } 帧大约要 { $minutes } 分钟，而一个动画最多可以画 { $limit } 分钟；{ $fitting } 帧来得及。
error-too-many-frames = { $frames } 帧一共有 { DIVIDE($megapixels, 100) } 亿像素，一次最多画 { DIVIDE($limit, 100) } 亿像素；这样的帧最多画 { $fitting } 帧。
error-unknown-model = 这里没有模型“{ $model }”；可以选：{ $known }。
error-model-gone = 模型 { $model } 已经不在这里了，它画的脸没法再画出来；请换一个模型。
error-model-replaced = 模型 { $model } 的文件已经换成了另一个模型，画出来会是别的脸；请换一个模型。
error-model-not-offered = 模型 { $model } 目前在这里用不了；请换一个模型，或者请机器人的主人重新提供它。
error-other-model = 画这张图的模型，和这里叫 { $model } 的不是同一个，所以在这里画不出同一张脸。
error-no-traits = 模型 { $model } 没有特征可选；请去掉特征，或者换一个模型。
error-unknown-trait = 模型 { $model } 没有“{ $trait }”这个特征；它的特征有：{ $known }。
error-unknown-trait-value = { $trait }不能是“{ $value }”；可以选：{ $known }。
error-unknown-direction = 模型 { $model } 没有“{ $direction }”这个方向；它有：{ $known }。
error-no-noise = 模型 { $model } 在这些层里没有噪声，画出来不会有变化；请换别的层或别的模型，或者加上 by=z，看看与这张脸相近的脸。
error-no-transform = 模型 { $model } 的画面不能旋转或平移；请去掉 `rotate` 和 `shift`，或者换一个 StyleGAN3 模型。
error-format-missing = 这里做不了 { $format } 格式；可以选：{ $known }。
error-not-a-file = { $file } 不是普通文件；请给出一个文件的路径。
error-file-missing = 找不到文件 { $file }；请检查路径。
error-not-a-checkpoint = { $file } 不是 StyleGAN 模型文件。
error-unsupported-network = 不支持 { $file } 里的内容；请换一个模型文件。
error-forbidden-content = 已拒绝 { $file }：里面有 StyleGAN 模型用不着、却可能运行代码的内容。请不要信任这个文件。
error-damaged-checkpoint = { $file } 已损坏，请重新下载。
error-checkpoint-too-large = 已拒绝 { $file }：它比任何 StyleGAN 模型需要的都大。
error-mapping-lr-unknown = { $file } 没有写明映射网络的学习率倍数，从权重也看不出来；请用 `waifu convert` 加上 `--mapping-lr` 和训练时的数值（多半是 0.01）转换它。
error-other-shapes = 这两个网络无法混合，因为它们的{ $found }不同；请用一个网络和由它继续训练出来的网络。
error-out-of-memory = 内存不够画这张图；请画小一点。
error-cannot-fit = 文件怎么压缩都超过这里 { $limit } 的上限；请减少帧数，或者换一种格式。
error-too-many-frames-to-fit = { $frames } 帧的文件怎么压缩都超过这里 { $limit } 的上限；大约 { $fitting } 帧放得下。
error-no-space = 这里的磁盘暂时放不下这么多帧；请减少一些，或者过一会儿再试。
error-cancelled = 已取消。
error-render-failed = 这张图没能画出来，请再试一次；如果再次出错，请把这个编号告诉机器人的主人：{ $reference }。
error-damaged-names = { $file } 记录了每个名称指的是哪个模型，但现在用不了；请用备份恢复。没有备份就删掉它，所有模型会重新取名。
error-names-in-use = { $file } 一直被另一个进程锁着；请先结束那个进程再试。
error-picture-missing = 要找的那张图已经不在这里了：上传的图不会保存。请再发一次。
error-picture-unreadable = 这个文件不是这里能读的图片；请给一个完整的 PNG、JPEG、WebP 或 GIF 文件。
error-picture-too-small = 这张图只有 { $width } × { $height } 像素，太小了，看不清脸；请换一张每边至少有 { $least } 像素的。
error-picture-too-large = 这张图太大了：文件最多 { $limit } MB；请换一张小一点的。
error-picture-too-many-pixels = 这张图有 { $megapixels } 百万像素，最多只能看 { $limit } 百万像素的图；请换一张小一点的。
error-not-finite = “{ $model }”画不了这张图：里面的数值大得没有边了。请去掉配方里特别大的数，或者换一个模型。
error-no-stamp = { $file } 里没有配方；只有在这里画的图才带有配方。
error-no-stored-face = { $file } 里没有配方提到的那些存下来的脸；请给一张画着它们的图，或者存着它们的文件。
error-no-usable-w = { $file } 里没有可以用的 w。
error-cannot-write = 无法写入 { $file }。
error-engine-starting = 画师还在准备，请稍等一会儿再试。
error-engine-down = 画师暂时不可用，请过几分钟再试。
error-poison-run = 这个请求两次让画师崩溃，只好放弃；请换个稍微不同的试试。
error-engine-stopped = 机器人正在关闭，请过几分钟再来。
error-protocol-error = 机器人与工作进程之间通信出错，请再试一次。
error-queue-full = 排队已满（{ $limit } 个请求在等），请过一分钟再试。
error-person-full = 你已经有 { $limit } 个请求在排队；请等其中一个画完，或者用 /{ command-waifubot } { command-waifubot-cancel } 取消。
error-server-full = 本服务器已经有 { $limit } 个请求在排队，请过一分钟再试。
error-recipe-too-long = 这个请求的配方有 { $length } 个字符，最多 { $limit } 个；请去掉一些特征或脸。
error-takes-too-long-here = 画完这个要花的时间，比 Discord 在这里肯等的还长；请减少帧数，或者到机器人加入的服务器里去要，并且把“{ option-private }”设为否。
error-too-late = 排队的请求太多，等不到你的图画好，Discord 就不再等了；请晚点再试。
error-not-here = 机器人的主人不希望在这个频道里画图，请换一个频道。
error-bad-traits = “{ $value }”不是特征；特征要这样写：发色: 粉色, 眼镜: 圆框。
error-ambiguous-trait = “{ $value }”在这里有几种意思；请写清楚，例如：{ $choices }。
error-unclear-trait = 没有“{ $value }”这个特征；你要的是不是{ $choices }？
error-trait-twice = { $trait }写了两次：“{ $value }”和“{ $other }”；请只留一个。
error-no-recipe = 这条消息里已经没有配方，按钮和菜单不知道该画什么；请改用命令。
error-only-you-here = 在本服务器里，你自己带来的应用的回复只有你能看到，所以这张图不能公开发布；管理员可以允许（权限“使用外部应用”），或把机器人加入服务器。
error-not-yours = 只有要这张图的人或管理员才能删除它。
error-not-your-panel = 只有打开这个面板的人才能用它；用 /{ command-make } 打开你自己的。
error-command-changed = 这个命令更新过，而你的 Discord 还没有刷新；请重新加载 Discord（Ctrl+R）再试。
error-command-moved = 这个命令现在是 /{ command-waifubot } { $moved }；如果你的 Discord 里还没有，请重新加载（Ctrl+R）。
error-unexpected = 这里出了点问题，请再试一次；如果再次出错，请把这个编号告诉机器人的主人：{ $reference }。

## 出错时说的“应为什么”：英文写在 generator/contract/errors.py 的 EXPECTED 里

expected-a-number = 一个数
expected-a-whole-number = 一个整数
expected-a-short-text = 最多 { $limit } 个字符
expected-a-plain-text = 不带空格的文字，只含字母、数字和 . _ , : + -
expected-a-trait = 由 a-z、0-9、- 和 _ 组成的名称，例如 hair=pink
expected-a-model = 模型的名称，例如 drawn-4
expected-a-picture = 代表一张图片的 { $limit } 个字符
expected-a-direction = 方向的名称，例如 d1 或 发色: 粉色
expected-layers = 一层或一段层，例如 5 或 0-3
expected-layers-in-order = 较小的层在前：{ $low }-{ $high }
expected-a-shift = 向右和向下各移动多少，例如 0.1,-0.05
expected-one-seed = 一个种子
expected-one-size = 一个边长
expected-several-seeds = { $low } 到 { $high } 个种子
expected-a-mix = 2 个种子，或者 { $low } 到 { $high } 个形状种子，颜色种子写成 fine=种子,种子

## 特征和它们的取值：补全时这样显示，也可以这样输入

direction-turn = 转头
direction-tilt = 歪头
direction-nod = 点头
direction-chin = 下巴
direction-face-width = 脸宽
direction-head-height = 头高
direction-bang-length = 刘海长度
direction-volume = 发量
direction-clothes-light = 衣服亮度
direction-background-light = 背景亮度
direction-gaze = 视线
direction-mouth-curve = 嘴角
direction-eye-opening = 睁眼
direction-eye-size = 眼睛大小
direction-brow = 眉毛
direction-blush = 腮红
direction-back-length = 头发长度
direction-wind = 风向
direction-light-side = 光线方向

trait-hair = 发色
    .black = 黑色
    .brown = 棕色
    .blonde = 金色
    .orange = 橙色
    .red = 红色
    .pink = 粉色
    .purple = 紫色
    .blue = 蓝色
    .aqua = 水蓝色
    .green = 绿色
    .silver = 银色
    .white = 白色
trait-back-hair = 发型
    .short = 短发
    .bob = 波波头
    .long = 长发
    .wavy = 波浪卷
    .twintails = 双马尾
    .ponytail = 马尾
    .buns = 丸子头
    .braids = 麻花辫
    .spiky = 刺猬头
    .pixie = 精灵短发
    .curly = 卷发
    .half-up = 半扎发
    .side-ponytail = 侧马尾
    .low-twintails = 低双马尾
    .low-ponytail = 低马尾
    .drills = 螺旋卷
    .wolf = 狼尾头
trait-bangs = 刘海
    .blunt = 齐刘海
    .hime = 公主切
    .messy = 凌乱
    .swept = 斜刘海
    .parted = 中分
    .curtain = 八字刘海
    .wispy = 空气刘海
    .one-eye = 遮眼刘海
    .crossed = 交叉刘海
    .swoop = 侧分刘海
trait-eyes = 瞳色
    .brown = 棕色
    .amber = 琥珀色
    .green = 绿色
    .aqua = 水蓝色
    .blue = 蓝色
    .purple = 紫色
    .pink = 粉色
    .red = 红色
    .gold = 金色
    .grey = 灰色
trait-eye-shape = 眼型
    .round = 圆眼
    .almond = 杏眼
    .sharp = 凤眼
    .droopy = 下垂眼
    .sleepy = 睡眼
    .narrow = 细长眼
trait-expression = 表情
    .smile = 微笑
    .open = 张嘴笑
    .grin = 咧嘴笑
    .cat = 猫嘴
    .pout = 嘟嘴
    .neutral = 平静
    .surprised = 惊讶
    .wink = 眨眼
    .closed = 闭眼笑
    .shy = 害羞
    .angry = 生气
trait-skin = 肤色
    .porcelain = 瓷白
    .fair = 白皙
    .tan = 小麦色
    .brown = 棕色
    .deep = 深色
    .warm = 暖白
trait-glasses = 眼镜
    .none = 无
    .round = 圆框
    .square = 方框
    .half-rim = 半框
    .cat-eye = 猫眼框
    .shades = 墨镜
    .monocle = 单片眼镜
trait-accessory = 饰品
    .none = 无
    .cat-ears = 猫耳
    .ribbon = 蝴蝶结
    .flower = 花
    .halo = 光环
    .headband = 发箍
    .clip = 发夹
    .horns = 角
    .fox-ears = 狐耳
    .bunny-ears = 兔耳
    .headphones = 头戴耳机
    .maid = 女仆头饰
    .tiara = 头冠
    .beret = 贝雷帽
    .witch-hat = 女巫帽
    .crown = 王冠
trait-style = 气质
    .feminine = 偏女性
    .masculine = 偏男性
trait-clothes = 服装
    .sailor = 水手服
    .hoodie = 连帽衫
    .shirt = 衬衫
    .turtleneck = 高领衫
    .kimono = 和服
    .dress = 连衣裙
    .blazer = 西装校服
    .jacket = 夹克
    .gothic = 哥特裙
    .cape = 斗篷
    .fur = 毛领外套
    .scarf = 围巾
    .qipao = 旗袍
    .idol = 偶像服
trait-background = 背景
    .plain = 纯色
    .gradient = 渐变
    .dots = 圆点
    .stripes = 条纹
    .circle = 圆环
    .sparkles = 闪光
    .sky = 天空
    .blossom = 樱花
    .leaves = 树叶
    .bokeh = 光斑
    .city = 城市
    .stars = 星空
    .window = 窗边
    .books = 书架
trait-face = 脸型
    .child = 娃娃脸
    .round = 圆脸
    .oval = 鹅蛋脸
    .heart = 心形脸
    .slim = 瘦长脸
    .mature = 成熟脸
    .square = 方脸
    .angular = 棱角分明
trait-second-eye = 另一只眼
    .same = 同色
    .amber = 琥珀色
    .green = 绿色
    .blue = 蓝色
    .red = 红色
trait-pupils = 瞳孔
    .round = 圆形
    .slit = 竖瞳
    .star = 星形
    .ring = 环形
trait-time = 时间
    .day = 白天
    .morning = 早晨
    .evening = 傍晚
    .night = 夜晚
trait-shading = 画风
    .cel = 赛璐璐
    .soft = 柔和
    .retro = 复古
    .pastel = 粉彩
trait-dye = 染发
    .none = 无
    .tips = 发梢
    .streak = 挑染
    .inner = 内层
trait-mark = 印记
    .none = 无
    .mole = 痣
    .freckles = 雀斑
    .lines = 猫须纹
    .plaster = 创可贴
    .heart = 爱心
trait-earrings = 耳环
    .none = 无
    .stud = 耳钉
    .drop = 耳坠
    .hoop = 大圈
trait-ears = 耳朵
    .human = 人耳
    .elf = 精灵耳

## 旧版本用过的说法：不再显示，但仍然能输入

former-trait-back-hair = 后发
former-trait-bangs =
    .one-eye = 遮一只眼

## 平常的说法：特征除了名称以外，还可以这样输入

value-of-trait = { $value }{ $trait }|{ $value }的{ $trait }|{ $trait }{ $value }
without-trait = 不戴{ $thing }|没戴{ $thing }|不带{ $thing }|没有{ $thing }|没{ $thing }|无{ $thing }|不要{ $thing }|去掉{ $thing }|摘掉{ $thing }|取下{ $thing }|别戴{ $thing }|不穿{ $thing }
filler-words = 和|与|戴|戴着|带着|穿|穿着|有|还有|加|加上|的|一个|一头|一双|一副|一对|一顶|一件|一条|一张|带|长着|留着|扎着|梳着|以及|跟|她|他|我要|想要|我想要|请|画

also-trait-hair = 头发|发|毛|头发颜色|头发的颜色
    .black = 黑|乌黑|墨黑
    .brown = 棕|褐色|褐|咖啡色|栗色|茶色
    .blonde = 金|金黄色|金黄|黄色|黄|淡金色|铂金色
    .orange = 橙|橘色|橘|橘红色|橙红色
    .red = 红|火红|酒红色|酒红
    .pink = 粉|粉红色|粉红|桃红色|樱花粉|樱粉色|浅粉色|浅粉
    .purple = 紫|淡紫色|浅紫色|薰衣草色|紫罗兰色
    .blue = 蓝|深蓝色|深蓝|藏青色
    .aqua = 水蓝|浅蓝色|浅蓝|天蓝色|天蓝|水色|青绿色|蓝绿色|湖蓝色
    .green = 绿|翠绿色|翠绿
    .silver = 银|银白色|灰色|灰|银灰色|银灰
    .white = 白|纯白色|雪白色
also-trait-back-hair = 发式|发形
    .short = 短头发|短|短直发
    .bob = 波波|波波短发|妹妹头|学生头
    .long = 长头发|长直发|长|直长发|长直|超长发
    .wavy = 波浪|大波浪|波浪发|波浪卷发|大波浪卷|微卷
    .twintails = 双马尾辫|双马尾头
    .ponytail = 马尾辫|单马尾|高马尾|高马尾辫
    .buns = 丸子|团子头|包子头|双丸子头|团子|包包头|哪吒头
    .braids = 辫子|麻花|双麻花辫|双辫子|编发
    .spiky = 刺头|刺猬|炸毛|炸毛头|刺刺头
    .pixie = 超短发|精灵头
    .curly = 鬈发|卷毛|卷头发|羊毛卷|小卷
    .half-up = 半扎|半丸子头|公主头
    .side-ponytail = 侧马尾辫|单侧马尾|偏马尾
    .low-twintails = 低双马尾辫|双低马尾
    .low-ponytail = 低马尾辫|低单马尾
    .drills = 钻头|钻头卷|双钻头|公主卷|大小姐卷
    .wolf = 狼尾|狼尾发型|鲻鱼头
also-trait-bangs = 额发|前发
    .blunt = 平刘海|齐|平齐刘海|一刀切
    .hime = 姬发式
    .messy = 碎刘海|乱刘海
    .swept = 斜
    .curtain = 八字|法式刘海
    .wispy = 空气|薄刘海
    .one-eye = 遮一只眼刘海|遮眼|遮住一只眼|单眼遮住|挡眼刘海
    .crossed = 交叉
    .swoop = 侧掠刘海|侧分|大侧分
also-trait-face = 脸形|脸|面型
    .child = 幼态脸|童颜|幼态
    .oval = 鸭蛋脸
    .heart = 桃心脸|瓜子脸
    .slim = 瘦|长脸
    .mature = 成熟|御姐脸
    .square = 国字脸
    .angular = 棱角脸|棱角
also-trait-eyes = 眼睛|眼睛颜色|眼瞳|瞳|眼|眼睛的颜色|眼珠|眸
    .brown = 棕|褐色|褐|咖啡色|茶色
    .amber = 琥珀
    .green = 绿|翠绿色|翠绿|碧绿
    .aqua = 水蓝|浅蓝色|浅蓝|天蓝色|天蓝|水色|青绿色|蓝绿色
    .blue = 蓝|碧|碧蓝|湛蓝
    .purple = 紫|紫罗兰色|淡紫色
    .pink = 粉|粉红色|粉红|桃红色
    .red = 红|赤红|血红
    .gold = 金|金黄色|金黄|黄色|黄
    .grey = 灰|银色|银|银灰色|银灰
also-trait-second-eye = 异色瞳|异瞳|异色眼|另一只眼睛
    .amber = 琥珀|一只琥珀色眼睛|一只琥珀色的眼睛
    .green = 绿|一只绿色眼睛|一只绿色的眼睛
    .blue = 蓝|一只蓝色眼睛|一只蓝色的眼睛
    .red = 红|一只红色眼睛|一只红色的眼睛
also-trait-eye-shape = 眼形|眼睛形状
    .round = 圆眼睛|大眼睛
    .almond = 杏仁眼
    .sharp = 吊眼|吊梢眼|上挑眼|丹凤眼
    .droopy = 垂眼|狗狗眼|无辜眼
    .sleepy = 困眼|惺忪睡眼|困困眼|半睁眼
    .narrow = 细眼|狭长眼|眯眯眼
also-trait-pupils = 瞳仁
    .round = 圆瞳
    .slit = 猫瞳|猫眼|蛇瞳|兽瞳
    .star = 星星|星星眼|星形眼
    .ring = 圆环|环|环状
also-trait-expression = 神情|神态
    .smile = 笑|微微笑|笑容|笑着|高兴
    .open = 大笑|张嘴|开心|哈哈大笑
    .grin = 咧嘴|露齿笑|龇牙
    .cat = 猫|猫猫嘴|猫口
    .pout = 撅嘴|噘嘴|鼓腮|鼓脸
    .neutral = 面无表情|严肃|冷静|无表情|没表情|三无|淡定
    .surprised = 吃惊|震惊|惊吓
    .wink = 单眨眼|单眼眨|抛媚眼
    .closed = 闭眼|眯眼笑|闭着眼|闭上眼睛
    .shy = 脸红|羞涩|娇羞|不好意思|害臊
    .angry = 愤怒|发怒|怒|气鼓鼓
also-trait-skin = 皮肤|肤|皮|皮肤颜色
    .porcelain = 雪白|苍白
    .fair = 白|浅色|白嫩
    .tan = 小麦|古铜色|晒黑
    .brown = 棕|褐色|褐
    .deep = 黑|黑色|黝黑|深
    .warm = 暖色|暖黄
also-trait-glasses = 眼镜框|镜框
    .none = 没有|不戴|不要
    .round = 圆|圆形|眼镜
    .square = 方|方形|长方形
    .cat-eye = 猫眼
    .shades = 太阳镜|太阳眼镜
    .monocle = 单片镜|单边眼镜
also-trait-accessory = 头饰|发饰|配饰|帽子
    .none = 没有|不戴|不要
    .cat-ears = 猫耳朵|猫|猫娘|猫猫耳|喵耳
    .ribbon = 丝带|缎带|大蝴蝶结
    .flower = 花朵|鲜花|小花|头花|花饰
    .halo = 光圈|天使光环|天使环|天使
    .headband = 头箍|发带|头带
    .clip = 夹子|发卡|小发夹
    .horns = 犄角|恶魔角|鬼角|龙角|头角|恶魔
    .fox-ears = 狐狸耳|狐狸耳朵|狐狸|狐狸娘|狐娘
    .bunny-ears = 兔子耳|兔子耳朵|兔耳朵|兔子|兔娘
    .headphones = 耳机|耳麦
    .maid = 女仆|女仆头带|女仆发带|女仆发箍
    .tiara = 小皇冠|冠冕|公主冠
    .beret = 画家帽
    .witch-hat = 巫师帽|魔女帽|魔法帽|女巫
    .crown = 皇冠
also-trait-style = 性别
    .feminine = 女|女生|女性|女孩|少女|美少女|妹子|女性化
    .masculine = 男|男生|男性|男孩|少年|美少年|帅哥|男性化
also-trait-clothes = 衣服|穿着|着装|服饰
    .sailor = 水手装|水手|水手校服
    .hoodie = 卫衣|帽衫|连帽卫衣
    .shirt = 上衣|衬衣|白衬衫
    .turtleneck = 高领毛衣|高领|高领衣
    .kimono = 浴衣|振袖
    .dress = 裙子|长裙|连身裙|小裙子
    .blazer = 西装|西服|校服
    .jacket = 外套|夹克衫|皮夹克
    .gothic = 哥特|哥特装|哥特萝莉|哥特萝莉装
    .cape = 披风
    .fur = 毛领|毛领大衣|皮草
    .scarf = 围脖
    .idol = 打歌服|演出服|偶像装|舞台服
also-trait-background = 背景图
    .plain = 单色|素色
    .gradient = 渐变色
    .dots = 波点|点点
    .stripes = 条
    .circle = 圆圈
    .sparkles = 闪闪|星光|闪亮|亮晶晶
    .sky = 蓝天|蓝天白云|白云
    .blossom = 樱吹雪|樱花树
    .leaves = 叶子|绿叶
    .bokeh = 散景|虚化|灯光
    .city = 都市|街景|城市夜景
    .stars = 星星|夜空|星夜
    .window = 窗户|窗
    .books = 书|图书馆|书房
also-trait-time = 时间段|时段
    .day = 白昼|日间
    .morning = 清晨|早上|日出
    .evening = 黄昏|日落|夕阳|晚霞
    .night = 夜|晚上|夜里|深夜|夜间
also-trait-shading = 画法|上色
    .cel = 赛璐珞|平涂
    .soft = 柔光
    .retro = 怀旧|复古风
    .pastel = 马卡龙色|淡彩
also-trait-dye = 挑染颜色|染色
    .none = 没有|不要
    .tips = 发尾
    .streak = 条染|一缕
    .inner = 内染|耳后染|挂耳染
also-trait-mark = 脸上印记|面部印记
    .none = 没有|不要
    .mole = 美人痣|泪痣|小痣
    .freckles = 小雀斑
    .lines = 颊纹|须纹|胡须纹
    .plaster = 邦迪|创口贴
    .heart = 心形
also-trait-earrings = 耳饰
    .none = 没有|不戴|不要
    .stud = 耳环
    .drop = 吊坠|流苏耳环|长耳环
    .hoop = 圈形|圈圈|圆环|圆圈
also-trait-ears = 耳
    .human = 人|普通|正常|人类
    .elf = 精灵|尖
also-moved-turn =
    .more = 头向右转|向右转|向右转头|脸朝右|朝右|看右边
    .less = 头向左转|向左转|向左转头|脸朝左|朝左|看左边
also-moved-nod =
    .more = 低头|往下看|向下看
    .less = 抬头|往上看|向上看|仰头
also-moved-tilt =
    .more = 向右歪头|头向右歪
    .less = 向左歪头|头向左歪
also-moved-gaze =
    .more = 眼睛看右边|眼睛向右看|往右瞟
    .less = 眼睛看左边|眼睛向左看|往左瞟
also-moved-mouth-curve =
    .more = 多笑一点|笑得更开心|更开心
    .less = 少笑一点|不那么开心|撇嘴
also-moved-eye-opening =
    .more = 睁大眼睛|眼睛睁大
    .less = 半闭眼|眼睛眯起来
also-moved-eye-size =
    .more = 眼睛更大|更大的眼睛|眼睛变大
    .less = 眼睛更小|更小的眼睛|眼睛变小
also-moved-brow =
    .more = 皱眉|竖眉|剑眉|眉毛凌厉
    .less = 愁眉|眉毛下垂
also-moved-blush =
    .more = 腮红更浓|脸更红|脸颊更红|多一点腮红
    .less = 腮红更淡|少一点腮红
also-moved-back-length =
    .more = 头发更长|头发变长|加长头发
    .less = 头发更短|头发变短|剪短头发
also-moved-wind =
    .more = 风往右吹|头发向右飘
    .less = 风往左吹|头发向左飘
also-moved-light-side =
    .more = 右侧光|光从右边来|右边打光
    .less = 左侧光|光从左边来|左边打光
