### 機器人的文字，繁體中文（臺灣）。鍵與格式請見 en.ftl 開頭的說明。
###
### 用語：seed 種子；psi 狂野度；morph 變臉；mix 混合；vary 變化；edit 編輯；grid 網格；stream 連播；trait 特徵；model 模型；
### artist 繪師；worker 繪圖程式；queue 排隊；recipe 配方；picture 圖；average face 平均臉；frame 影格；
### coarse、fine 形狀、顏色（混合）或大細節、小細節（變化）；relative 相近的臉；stored face 存下來的臉；answer 回覆；word 詞。

## 作畫途中

getting-ready = 🖌️ 繪師正在準備……
queued = 🕐 你排在{ $place }{ $eta }。
place = 第 { $position } 位
eta = ，大約還要 { $wait }
seconds = { $n } 秒
minutes = { $n } 分鐘
progress = 🎨 `{ $bar }` { $done }/{ $total }{ $eta }
finishing = 🎨 `{ $bar }` 快好了……
like-searching = 🔎 `{ $bar }` 正在找最像的臉……
like-first-look = 先看一眼：左邊是你的圖，右邊這張臉還會越來越像。

## 圖的說明

waifu = 種子 { $seed }
like = 最像你這張圖的臉
waifu-stored = 臉 { $seed }
grid = { $count ->
    [1] 種子 { $seed }
   *[other] 從 { $seed } 開始的 { $count } 張臉
}
grid-psis =
    { $count ->
        [1] 種子 { $seed }
       *[other] 從 { $seed } 開始的 { $count } 張臉
    }
    由左到右，狂野度依序是 { $psis }；0 是平均臉，超過 1 就狂野了
grid-named = { $count } 張臉：{ $seeds }
grid-named-psis =
    { $count } 張臉：{ $seeds }
    由左到右，狂野度依序是 { $psis }；0 是平均臉，超過 1 就狂野了
morph = 變臉：{ $path }
morph-self = { $seed } 慢慢變化
mix = { $coarse } 的形狀，配上 { $fine } 的顏色
mix-layers = 第 { $layers } 層來自 { $coarse }，其餘來自 { $fine }
mix-table =
    每一列的形狀來自：{ $coarse }
    每一欄的顏色來自：{ $fine }
mix-table-layers =
    每一列的第 { $layers } 層來自：{ $coarse }
    每一欄的其餘各層來自：{ $fine }
vary = { $layers ->
    [coarse] { $seed } 畫了九次，只有較大的隨機細節不一樣
    [fine] { $seed } 畫了九次，只有最小的隨機細節不一樣
   *[other] { $seed } 畫了九次，只有隨機細節不一樣
}
vary-moving = { $layers ->
    [coarse] { $seed }，每個影格的較大隨機細節都不一樣
    [fine] { $seed }，每個影格的最小隨機細節都不一樣
   *[other] { $seed }，每個影格的隨機細節都不一樣
}
vary-z =
    第一張是 { $seed }，其餘八張是跟它相近的臉
    -# 換成會畫隨機細節的模型，就會保留這張臉，只改變那些細節。
vary-z-moving =
    { $seed } 依序變成一張張跟它相近的臉
    -# 換成會畫隨機細節的模型，就會保留這張臉，只改變那些細節。
psi = { $seed }，狂野度從 { $first } 到 { $last }；0 是平均臉，超過 1 就狂野了
edit = { $seed }：**{ $change }**（強度 { $amount }）
edit-away = { $seed }：往 **{ $direction }** 的反方向改變（強度 { $amount }）
edit-strip = { $seed }：沿著 **{ $direction }** 從 { $least } 變到 { $most }
edit-moving = { $seed }：沿著 **{ $direction }** 從 { $least } 變到 { $most }，再變回來
edit-chart = **{ $direction }** 各自會怎麼改變 { $seed }，從 { $least } 到 { $most }；用 /{ command-edit } 時，可以把其中一個填在「{ option-direction }」
# 靜態的編輯怎麼改變一張臉：變成某個特徵值，或沿著一個沒有特徵值的方向。
change-to = { $trait }變成{ $value }
change-along = 沿著 { $direction } 改變
# 由別的臉做成的臉，用它最前面的種子來稱呼；名稱太長時，其餘的寫成 …。
made-near = { $face }（相近的臉）
made-move = { $face }（改過）
made-noise = { $face }（細節不同）
made-mix = { $first } + { $second }
made-between = { $first } / { $second }
made-long = { $face }（…）
# 自成一行，在其他文字下面。
with-traits = 特徵：{ $traits }
with-last-traits = 最後變成：{ $traits }
reduced = -# 為了能放在這裡，已經壓縮：{ $changes }。
reduced-side = -# 為了能放在這裡，已經從 { $before } 像素縮小成 { $side } 像素。
too-late = <@{ $person }>，讓你久等了！這張圖畫得太久，Discord 等不及，現在補給你。
elsewhere = <@{ $person }>，Discord 不讓你的圖放在原本的訊息裡，所以放在這裡。
restarting = 🕐 機器人正在重新啟動，你的圖馬上就來。
too-late-sentence = <@{ $person }>，關於你剛才的請求：{ $sentence }
like-found = 右邊是 { $model } 畫得出來的臉裡，最像你這張圖的一張
like-far = 右邊是 { $model } 畫得出來的臉裡，最像你這張圖的一張；不過它學的是另一種臉，只能像到這個程度
like-private = 按「{ post }」只會發出這張臉。你的圖我已經忘掉了。
like-first-of = 那則訊息裡有 { $count } 張圖，這是照第一張找的；其他的圖可以交給 /{ command-like }。
like-made-here = 這張圖本來就是在這裡畫的，不用找，畫的就是下面這張。

## 一張臉的樣子，用幾個詞說：「水藍色鮑伯頭、眨眼、貓耳」。$word 是特徵值在這個語言裡的說法。

comma = 、
look-tone = { $value ->
   *[other] { $word }
}
look-hair = { $tone }頭髮
look-hairdo = { $value ->
   *[other] { $tone }{ $word }
}
look-back-hair = { $value ->
   *[other] { $word }
}
look-expression = { $value ->
    [neutral] 神情平靜
   *[other] { $word }
}
look-accessory = { $value ->
    [none] 沒戴配件
    [flower] 頭上戴花
    [horns] 頭上長角
   *[other] { $word }
}
look-glasses = { $value ->
    [none] 沒戴眼鏡
    [shades] 墨鏡
    [monocle] 單片眼鏡
   *[other] { $word }眼鏡
}
look-ears = { $value ->
    [elf] 精靈耳
   *[other] { $word }耳朵
}
look-second-eye = { $value ->
    [same] 雙眼同色
   *[other] 一隻{ $word }眼睛
}
look-pupils = { $value ->
    [slit] 豎瞳
   *[other] { $word }瞳孔
}
look-mark = { $value ->
    [none] 臉上沒有記號
    [mole] 美人痣
    [plaster] 臉上貼著OK繃
    [heart] 臉上有愛心
   *[other] { $word }
}
look-eyes = { $value ->
   *[other] { $word }眼睛
}
look-clothes = { $value ->
   *[other] { $word }
}
look-dye = { $value ->
    [none] 沒有染髮
    [tips] 髮尾染色
    [inner] 內層染色
   *[other] { $word }
}
look-earrings = { $value ->
    [none] 沒戴耳環
    [drop] 垂墜耳環
    [hoop] 圈圈耳環
   *[other] { $word }
}
look-bangs = { $value ->
    [messy] 凌亂的瀏海
    [parted] 中分瀏海
   *[other] { $word }
}
look-eye-shape = { $value ->
   *[other] { $word }
}
look-skin = { $value ->
    [fair] 白皙的皮膚
   *[other] { $word }皮膚
}
look-face = { $value ->
   *[other] { $word }
}
look-style = { $value ->
   *[other] { $word }的氣質
}
look-background = { $value ->
    [circle] 背後有圓環
    [window] 在窗邊
    [books] 背後是書架
   *[other] { $word }背景
}
look-time = { $value ->
   *[other] { $word }
}
look-shading = { $value ->
   *[other] { $word }畫風
}
alt-look = { $look }。

## 一張臉朝哪邊改了；左右是看圖的人的左右

moved-turn = { $end ->
    [less] 頭轉向左邊
   *[more] 頭轉向右邊
}
moved-nod = { $end ->
    [less] 抬著頭
   *[more] 低著頭
}
moved-tilt = { $end ->
    [less] 頭歪向左邊
   *[more] 頭歪向右邊
}
moved-gaze = { $end ->
    [less] 眼睛看向左邊
   *[more] 眼睛看向右邊
}
moved-mouth-curve = { $end ->
    [less] 嘴角下垂
   *[more] 嘴角上揚
}
moved-eye-opening = { $end ->
    [less] 眼睛半閉
   *[more] 眼睛睜得大大的
}
moved-eye-size = { $end ->
    [less] 眼睛小一點
   *[more] 眼睛大一點
}
moved-brow = { $end ->
    [less] 八字眉
   *[more] 倒八字眉
}
moved-blush = { $end ->
    [less] 腮紅淡一點
   *[more] 腮紅濃一點
}
moved-back-length = { $end ->
    [less] 頭髮短一點
   *[more] 頭髮長一點
}
moved-wind = { $end ->
    [less] 頭髮被風吹向左邊
   *[more] 頭髮被風吹向右邊
}
moved-light-side = { $end ->
    [less] 光從左邊照來
   *[more] 光從右邊照來
}

## 替代文字：給看不到圖的人

alt-waifu = 一張動漫臉，種子 { $seed }，由模型 { $model } 繪製。
alt-like = 左邊是一張上傳的圖，右邊是模型 { $model } 能畫出的最像它的動漫臉。
alt-waifu-stored = 一張動漫臉，存成 { $seed }，由模型 { $model } 繪製。
alt-grid = 從種子 { $seed } 開始的 { $count } 張動漫臉排成的網格，由模型 { $model } 繪製。
alt-grid-psis = 從種子 { $seed } 開始的同樣 { $count } 張動漫臉，以狂野度 { $psis } 並排，由模型 { $model } 繪製。
alt-grid-named = { $count } 張動漫臉排成的網格：{ $seeds }。由模型 { $model } 繪製。
alt-grid-named-psis = 同樣的 { $count } 張動漫臉，以狂野度 { $psis } 並排：{ $seeds }。由模型 { $model } 繪製。
alt-morph = 動漫臉一張接一張變過去，種子 { $seeds }，由模型 { $model } 繪製。
alt-morph-self = 種子 { $seed } 的動漫臉，慢慢變化，由模型 { $model } 繪製。
alt-mix = 一張動漫臉，形狀來自種子 { $coarse }，顏色來自種子 { $fine }，由模型 { $model } 繪製。
alt-mix-layers = 一張混合的動漫臉，第 { $layers } 層來自種子 { $coarse }，其餘來自種子 { $fine }，由模型 { $model } 繪製。
alt-mix-table = 動漫臉的表格：每一列的形狀來自左邊的種子 { $coarse }，每一欄的顏色來自上面的種子 { $fine }。由模型 { $model } 繪製。
alt-mix-table-layers = 動漫臉的表格：每一列的第 { $layers } 層來自左邊的種子 { $coarse }，每一欄的其餘各層來自上面的種子 { $fine }。由模型 { $model } 繪製。
alt-vary = 種子 { $seed } 的動漫臉畫了九次，隨機細節各不相同，由模型 { $model } 繪製。
alt-vary-moving = 種子 { $seed } 的動漫臉，隨機細節不停變化，由模型 { $model } 繪製。
alt-vary-z = 種子 { $seed } 的動漫臉，和八張幾乎一樣的臉，由模型 { $model } 繪製。
alt-vary-z-moving = 種子 { $seed } 的動漫臉，依序變成一張張幾乎一樣的臉，由模型 { $model } 繪製。
alt-psi = 種子 { $seed } 的動漫臉並排在一起，狂野度從 { $first } 到 { $last }：從平均到狂野。由模型 { $model } 繪製。
alt-edit = 種子 { $seed } 的動漫臉，{ $change }（強度 { $amount }），由模型 { $model } 繪製。
alt-edit-away = 種子 { $seed } 的動漫臉，往 { $direction } 的反方向改變（強度 { $amount }），由模型 { $model } 繪製。
alt-edit-strip = 種子 { $seed } 的動漫臉，沿著 { $direction } 從 { $least } 變到 { $most }，並排在一起，由模型 { $model } 繪製。
alt-edit-moving = 種子 { $seed } 的動漫臉，沿著 { $direction } 從 { $least } 變到 { $most } 再變回來，由模型 { $model } 繪製。
alt-edit-chart = 種子 { $seed } 的動漫臉的圖表：{ $direction } 各占一列，從 { $least } 變到 { $most }。由模型 { $model } 繪製。

## 按鈕

again = 再來一張
wilder = 狂野一點
calmer = 收斂一點
delete = 刪除
back = 上一張
post = 公開發布

## 圖下面：按鈕、選單，以及它們打開的對話框

recipe = 配方
draw = 畫出來
more = 更多……
more-vary = 變化
about-vary = 同一張臉，每次都有一點不一樣
more-psi = 從平均到狂野
about-psi = 同一張臉，狂野度愈來愈高
more-mix = 混合……
about-mix = 姿勢和髮型來自這張臉，顏色來自另一張
more-morph = 變臉……
about-morph = 讓它慢慢變成另一張臉，做成動畫
more-edit = 編輯……
about-edit = 想改哪裡就改哪裡：頭髮、眼鏡、朝向……
more-change = 用文字改……
about-change = 寫下要改什麼：藍色頭髮、不戴眼鏡、轉頭: 2
more-story = 故事
about-story = 這張臉是誰，故事怎麼開始
more-keep = 收藏
about-keep = 把這張臉放進你的收藏
more-first = 第一張臉
about-first = 姿勢和髮型來自這張臉
more-second = 第二張臉
about-second = 顏色來自這張臉
more-before = 改變之前的臉
about-before = 還沒有這個改變的臉
pick = 選一張臉……
pick-at = 選一張臉：{ $group }……
group-at-psi = 狂野度 { $psi }
group-originals = 原來的臉
group-mixed = 混合出來的臉
group-along = { $direction }
group-in-frame = 第 { $frame } 個影格
face-in-grid = 種子 { $seed } · 第 { $row } 列第 { $column } 欄
face-in-grids = 種子 { $seed } · 狂野度 { $psi } · 第 { $row } 列第 { $column } 欄
face-at-psi = 狂野度 { $psi }
face-of-seed = 種子 { $seed } · 第 { $frame } 個影格
face-mixed = 第 { $row } 列第 { $column } 欄 · 形狀 { $coarse }，顏色 { $fine }
face-of-seed-at = 種子 { $seed } · 第 { $frame } 個影格 · 第 { $row } 列第 { $column } 欄
face-in-frame = 第 { $frame } 個影格
face-between-at = 第 { $frame } 個影格 · 第 { $row } 列第 { $column } 欄
face-above = 種子 { $seed } · 第 { $column } 欄上方
face-beside = 種子 { $seed } · 第 { $row } 列左邊
face-itself = 原來的臉 · 第 { $row } 列第 { $column } 欄
face-relative = 相近的臉 { $number } · 第 { $row } 列第 { $column } 欄
face-details = 不同的細節 { $number } · 第 { $row } 列第 { $column } 欄
face-moved = { $direction } { $amount }
frame-first = 第一個影格
frame-last = 最後一個影格
moment = 其他時刻……
moment-about = 用影格的編號，或動畫進行到百分之幾來選
moment-frame = 哪個時刻
moment-frame-about = 影格的編號，1 到 { $high }，或動畫進行到百分之幾，例如 50%
moment-face = 其中哪張臉
moment-face-about = 1 到 { $high }，由左到右，一列一列往下數
other-face = 另一張臉，或好幾張
other-face-mix = 一個數字或一個詞；用逗號隔開幾個，就排成表格。顏色來自這些臉。
other-face-morph = 一個數字或一個詞；用逗號隔開幾個，就一個接一個變過去。
other-face-example = 20, 30, 麗
factors = 其他
worded = 姿勢、眼睛、光線等
change = 要改變什麼
change-about = 用逗號隔開，可以寫好幾樣；也可以在下面選。
change-example = 髮色: 藍色, 不戴眼鏡, 轉頭: 2
change-example-plain = d1: 0.75, d3: -1
change-choices = 可以選好幾樣；這裡沒有的，寫在上面。
reopen = 改一改再試

## 捏臉：一步一步改一張臉的面板

maker-another = 換一張臉
maker-left = 向左轉
maker-right = 向右轉
maker-undo = 復原
maker-redo = 重做
maker-post = 公開發布
maker-aspects = 要改什麼……
maker-values = { $aspect }……
maker-unmoved = 不變
maker-end = { $end }（{ $amount }）
# 一個選單放不下的時候。
maker-pages = 看看其他的……
maker-page-aspects = 可以改的：第 { $first } 到 { $last } 項，共 { $count } 項
maker-page-values = 可以選的：第 { $first } 到 { $last } 項，共 { $count } 項

## 用白話說明配方

recipe-of-this = 📜 這張圖的配方：
means = - `{ $word }`：{ $meaning }
means-waifu = 一張臉
means-grid = 一張圖裡有許多張臉
means-morph = 一張一張變過去的臉
means-mix = 用兩張臉混合成的一張臉，或這種臉排成的表格
means-vary = 同一張臉的各種變化
means-psi-row = 同一張臉從平均到狂野，並排在一起
means-edit = 沿著一個方向改變的臉
means-like = 模型畫得出來的臉裡，最像一張圖的那張
means-picture = 那張圖，用指紋來表示；圖本身不會保存
means-seed = 種子，這張臉就是從它長出來的；同一個種子永遠是同一張臉
means-side = 每邊幾張臉
means-seeds-in-turn = 每張臉的種子，照這個順序；同一個種子永遠是同一張臉
means-seeds-mixed = 種子；第一個決定姿勢和髮型
means-model = 由哪個模型來畫
means-psi = 狂野度，離平均臉多遠：0 平均，0.7 好看，超過 1 就狂野了
means-cutoff = 狂野度只影響最前面的幾層；其餘各層一律當作狂野度 1 來畫
means-noise = 最小的細節從哪裡來
means-rotate = 畫面逆時針轉幾度
means-shift = 畫面往右、往下移動多少，以畫面寬度為單位
means-first-seed = 第一張臉的種子；其餘的依序往上加
means-frames = 動畫有幾個影格
means-fps = 每秒播放幾個影格
means-ease = 每一段怎麼加速和減速
means-space = 從一張臉到另一張臉，走的是哪個空間
means-loop = 最後是否回到開頭
means-size = 每邊幾張臉一起變
means-format = 檔案格式
means-trait = 這張臉的特徵
means-last-trait = 最後一張臉的特徵
means-faces = 每張臉，照這個順序
means-fine = 決定顏色的種子
means-layers-mixed = 取自第一個種子的層；0 是最粗略的一層
means-layers-varied = 哪裡會變化：大細節、小細節或全部
means-layers-moved = 會改變的層；0 是最粗略的一層
means-by = 變化怎麼來：改變雜訊，或取相近的種子
means-first = 從第幾張相近的臉或第幾種細節開始
means-from = 第一張臉的狂野度
means-to = 最後一張臉的狂野度
means-steps = 幾張臉
means-direction = 改變什麼
means-amount = 改變多少；小於 0 就是反方向
form-near = 跟某張臉相近的臉，用編號指定是第幾張
form-noise = 同一張臉，只有隨機細節不一樣
form-mix = 一張臉的某幾層，配上另一張臉的其餘各層
form-move = 沿著幾個方向改變的臉，每個方向各有強度
form-move-to = 改過的臉：{ $moves }
form-between = 一張臉變成另一張臉，中途的樣子
form-own = 有自己的特徵或狂野度的種子
form-vector = 存下來的臉，用指紋來表示；圖裡有它的全部資料
from-the-shell = 在命令列重新畫出來：
from-the-shell-saved = 把圖存成 FILE，就能在命令列重新畫出來：

## /故事

story-likes = 喜歡
story-dislikes = 不喜歡
story-plot = 故事

## 輸入時的建議

layers-coarse = 形狀：姿勢、臉和頭髮的輪廓（{ $layers }）
layers-middle = 中間：五官、眼睛和主要的顏色（{ $layers }）
layers-most = 幾乎全部；另一張臉只影響色調（{ $layers }）
part-all = 所有隨機細節
part-coarse = 大細節
part-fine = 小細節
part-same = { $part }（在這個模型裡跟全部一樣）
chart = 看看 { $directions } 會改變什麼
factor = { $name }（每個模型都有；看圖表就知道它會改變什麼）

## /waifubot queue 與 /waifubot cancel

queue = { $waiting } 張圖在排隊，{ $running } 張正在畫。
queue-yours-waiting = 你的圖排在{ $place }{ $eta }：`{ $line }`
queue-yours-running = 你的圖正在畫：`{ $line }`
cancelled-none = 你沒有正在排隊的圖。
cancelled = 已取消你的 { $count } 張圖：
stream-stopped = 已停止你的連播。

## /waifubot status

worker-ready = 繪圖程式準備好了，裝置 { $device }，模型 { $models }；啟動過 { $starts } 次。
worker-starting = 繪圖程式正在啟動；啟動過 { $starts } 次。
worker-down = 繪圖程式無法啟動；試了 { $starts } 次。
memory = 記憶體：機器人 { $bot }，繪圖程式 { $worker }。
shards = 分片：共 { $count } 個，已連線 { $connected } 個。
shards-lost = 分片：共 { $count } 個，已連線 { $connected } 個；斷線的是 { $lost }。
speed = 最近每秒畫 { $faces } 張臉；已執行 { $uptime }。
unknown = 不明
duration = { $days } 天 { $hours } 小時 { $minutes } 分鐘

## 指令與選項的名稱和說明（英文寫在程式碼裡）

# 名稱：1–32 個字，不含空格和大寫字母；說明：最多 100 個字。

command-waifu = 老婆
    .description = 畫一張動漫臉
command-grid = 網格
    .description = 把許多張動漫臉畫在同一張圖裡
command-morph = 變臉
    .description = 讓一張動漫臉慢慢變成另一張，做成動畫
command-mix = 混合
    .description = 讓一張臉換上另一張臉的顏色，或一次畫出整張表格
command-vary = 變化
    .description = 把同一張臉畫九次，小細節各不相同
command-psi = 狂野度
    .description = 看一張臉從平均變到狂野
command-edit = 編輯
    .description = 改一張臉的任何地方：頭髮、眼睛、笑容
command-make = 捏臉
    .description = 在只有你看得到的面板裡，一步一步捏出一張臉
command-like = 找臉
    .description = 給一張圖，找出最像它的臉；公開發布之前只有你看得到
command-waifubot = waifubot
    .description = 說明、設定、排隊狀況、模型，以及機器人的狀態
command-waifubot-settings = 設定
    .description = 查看和修改設定：你沒有另外填的時候，圖是什麼樣子；也可以替這個伺服器設定
command-waifubot-queue = 排隊
    .description = 看看有多少圖在排隊，你排在第幾位
command-waifubot-cancel = 取消
    .description = 取消你所有還沒畫完的圖和連播
command-waifubot-status = 狀態
    .description = 看看機器人的狀況：排隊、繪圖程式、記憶體、速度
command-waifubot-forget = 忘記我
    .description = 刪掉機器人記得的關於你的一切，包括你的收藏
command-stream = 連播
    .description = 在同一則訊息裡，每隔幾秒換一張新的臉
command-daily = 每日一臉
    .description = 畫出你的今日之臉，看看你連續來了幾天
command-collection = 收藏
    .description = 看看你收藏的臉，或是別人的；只有你看得到回覆
option-person = 誰
    .description = 看誰的收藏；不填就看你自己的
menu-show-collection = 查看收藏
command-story = 故事
    .description = 說說一張臉的故事：是誰，喜歡什麼，故事怎麼開始
command-waifubot-help = 說明
    .description = 看看這個機器人會做什麼，每一樣都有圖
command-waifubot-model = 模型
    .description = 看看有哪些模型可以用，並選一個為你畫
command-waifubot-model-list = 清單
    .description = 看看有哪些模型可以用，並從選單裡選一個
command-waifubot-model-info = 詳情
    .description = 看看一個模型畫什麼樣的圖、懂哪些特徵
command-waifubot-model-choose = 選擇
    .description = 選擇由哪個模型為你畫，在哪個伺服器都有效
command-waifubot-model-server = 伺服器
    .description = 為這個伺服器裡沒選過模型的人選擇模型（需要「管理伺服器」權限）
command-recipe = 配方
    .description = 看看一張圖是怎麼畫出來的，以及怎麼再畫一次
option-picture = 圖片
    .description = 這個機器人畫的圖片或動畫：PNG、GIF、WebP 或 MP4
    .like = 一張有臉的圖，畫的或拍的都可以：PNG、JPEG、WebP 或 GIF，最多 25 MB；不會保存
menu-show-recipe = 查看配方
menu-use-as-start = 以此為起點
menu-morph-with = 變成另一張臉
menu-find-a-face-like-it = 找一張像它的臉

option-seed = 種子
    .description = 一個數字或一個詞；同一個種子永遠是同一張臉。不填就隨機，給你驚喜
    .grid = 第一張臉的種子，一個數字或一個詞；其餘的依序往上加
    .vary = 哪張臉，一個數字或一個詞
    .psi = 哪張臉，一個數字或一個詞
    .edit = 哪張臉，一個數字或一個詞
option-face = 臉
    .description = 一個數字、一個詞，或一張圖的配方；不填就用你在這裡的上一張臉，沒有就換新的
    .make = 一個數字、一個詞，或一張圖的配方；不填就接著你上次捏的那張
option-wildness = 狂野度
    .description = 離平均臉多遠：0 平均，0.7 好看，超過 1 就狂野了（-2 到 2）
    .grid = 離平均臉多遠：0.7 好看，超過 1 就狂野了；寫幾個值（如 0.3, 0.7, 1.3）就能並排比較
option-private = 私密
    .description = 只有你看得到這張圖；之後按「公開發布」就能給大家看
    .waifubot-settings = 圖只給要圖的人看；按「{ post }」再給大家看
option-traits = 特徵
    .description = 例如：髮色: 粉紅色, 眼鏡: 圓框
    .morph = 每張臉都有的特徵，例如：髮色: 黑色
option-to-traits = 最後特徵
    .description = 最後一張臉會變成的特徵，例如：髮色: 粉紅色；起點和終點可以是同一張臉
option-coarse = 形狀
    .description = 姿勢和形狀來自哪個種子或詞；用逗號隔開，最多五個，就畫成表格，例如 10, 11, 12
option-fine = 顏色
    .description = 顏色和細節來自哪個種子或詞；用逗號隔開，最多五個
option-layers = 層
    .mix = 哪些層來自第一張臉，例如 0-3（不填大約是一半）
    .vary = 哪些隨機細節可以不一樣：大細節、小細節，或全部
option-change = 改變
    .description = 要改變什麼，例如 髮色: 藍色, 不戴眼鏡, 轉頭: 2
option-direction = 方向
    .description = 往哪個方向變，d1 到 d10；「改變」也不填的話，就用圖表看看 d1 到 d5 會改變什麼
option-amount = 強度
    .description = 沿著這個方向改變多少；小於 0 就是反方向（-3 到 3）
option-steps = 張數
    .description = 幾張臉，2 到 12（不填就是 7）
option-model = 模型
    .description = 由哪個模型來畫
    .waifubot-model-info = 哪個模型；不填就看現在為你畫的那個
    .waifubot-model-choose = 由哪個模型為你畫；不填就取消你的選擇
    .waifubot-model-server = 哪個模型；不填就取消這個伺服器的選擇
option-whose = 誰的
    .description = 你自己的設定，還是這個伺服器的（需要「管理伺服器」權限）
option-per-minute = 每分鐘張數
    .description = 在這個伺服器裡，每人每分鐘可以要幾張圖
option-language = 語言
    .description = 如果不想跟 Discord 一樣：我用什麼語言回覆你
option-reset = 重設
    .description = 清除其中一項設定，或全部清除
option-minutes = 分鐘
    .description = 持續多久，1 到 12（不填就是 5）
option-size = 邊長
    .grid = 每邊幾張臉，1 到 5（不填就是 3）
    .stream = 每邊幾張臉，1 到 5（不填就是 1）
    .morph = 每邊幾張臉一起變，1 到 3
    .waifubot-settings = 網格每邊幾張臉，1 到 5
option-from = 起點
    .morph = 第一張臉的種子，一個數字或一個詞
    .psi = 開頭的狂野度：0 是平均臉（不填就是 0，-2 到 2）
option-to = 終點
    .morph = 第二張臉的種子，一個數字或一個詞
    .psi = 結尾的狂野度：0.7 好看，超過 1 就狂野了（不填就是 1.5，-2 到 2）
option-more = 接著
    .description = 接著再變成的臉，最多 22 個種子或詞，例如：30, 40, 明日香
option-frames = 影格數
    .description = 總共幾個影格，2 到 240，mp4 最多 3600（不填就是 60）
option-seconds = 秒數
    .description = 動畫多長，用來代替影格數
option-fps = 影格率
    .description = 每秒幾個影格，1 到 50（不填就是 20）
option-ease = 緩動
    .description = 每一段怎麼加速和減速
option-space = 空間
    .description = 走哪個空間：w 最好看，z 走直線，球面走弧線
option-loop = 循環
    .description = 最後回到第一張臉，可以一直播下去
option-format = 格式
    .morph = gif、mp4、webp，或長圖（靜態的圖並排在一起）
    .vary = png（九張並排），或會動的 gif、mp4、webp
    .edit = png（改變後的臉）、長圖（一步一步），或 gif、mp4、webp（變過去再變回來）
    .waifubot-settings = 動畫的格式

choice-mine = 我的
choice-server = 這個伺服器
choice-wildness = 狂野度
choice-format = 格式
choice-fps = 影格率
choice-size = 邊長
choice-private = 私密
choice-per-minute = 每分鐘張數
choice-language = 語言
choice-model = 模型
choice-everything = 全部
choice-sine = 平滑
choice-linear = 等速
choice-cubic = 強烈
choice-w = w
choice-z = z
choice-sphere = 球面
choice-png = png
choice-gif = gif
choice-mp4 = mp4
choice-webp = webp
choice-strip = 長圖

## /waifubot 設定

# 說這個語言的人怎麼稱呼它。
language-name = 繁體中文
settings-saved = ✅ 已儲存。
settings-yours = **你的設定**：沒有另外填的時候，就照這裡的。
settings-servers = **這個伺服器的設定**：自己沒有另外選的人，都照這裡的。
setting = - { $name }：**{ $value }** · { $origin }
setting-wildness = 狂野度
setting-format = 動畫格式
setting-fps = 每秒影格數
setting-size = 網格每邊幾張臉
setting-private = 圖只給要圖的人看
setting-per-minute = 每人每分鐘幾張圖
setting-language = 回覆用的語言
setting-model = 模型
setting-by-you = 你選的
setting-by-server = 這個伺服器選的
setting-by-default = 沒有選
setting-yes = 是
setting-no = 否
setting-any = 不限
setting-as-in-discord = 跟你的 Discord 一樣

## /waifubot model

model-head = **這裡可以用的模型**
model-default = 機器人的預設模型
model-of-server = 這個伺服器的選擇
model-of-you = 你的選擇
model-about = { $side } 像素，特徵：{ $traits }
model-plain = { $side } 像素，沒有特徵
model-menu = 選一個模型為我畫……
model-no-choice = 不指定，用這裡預設的模型
model-gone = 你選的模型 **{ $model }** 已經不在了，現在由別的模型為你畫；用 `/{ command-waifubot } { command-waifubot-model } { command-waifubot-model-list }` 看看有哪些模型。
model-yours = 從現在起由 **{ $model }** 為你畫，除非你另外指定。
model-not-yours = 已取消你的選擇；在這裡由 **{ $model }** 為你畫。
model-never-yours = 你還沒選過模型；在這裡由 **{ $model }** 為你畫。
model-never-servers = 這個伺服器還沒選過模型；由 **{ $model }** 來畫。
model-servers = 從現在起，在這個伺服器裡由 **{ $model }** 為沒有自己選過模型的人畫。
model-not-servers = 已取消這個伺服器的選擇；現在由 **{ $model }** 來畫。
model-not-kept = -# 現在已經生效，但沒有記下來：我的磁碟暫時寫不進去，重新啟動後可能會忘記。
model-info = **{ $model }** 畫 { $width } × { $height } 像素的臉。指紋是 `{ $digest }`。
model-numbers = 數字
model-no-traits = 它不懂特徵，只看種子和狂野度。
model-is-default = 它是機器人的預設模型。
model-title = 它的檔案叫做 { $title }。
model-aliases = 在配方裡它也可以叫 { $names }。

## /stream

stream-on = 每隔幾秒換一張新的臉；按「停止」就留下現在這張。
stream-waiting = 🕐 等到沒有別人在排隊時，連播就會開始。
stop = 停止

## /collection

kept = 🗂️ 已收藏：這是你收藏裡的第 **{ $number }** 張臉。
collection-yours = 🗂️ **你的收藏**：{ $count } 張臉
collection-theirs = 🗂️ **<@{ $person }> 的收藏**：{ $count } 張臉
collection-page = 第 { $page } 頁，共 { $pages } 頁
collection-empty-yours = 這裡還是空的。在任何一張臉下面的選單裡選**收藏**，它就會來到這裡。
collection-empty = 這裡還是空的。
collection-is-hidden = -# 🔒 只有你自己看得到。
collection-is-shown = -# 👁️ 別人也看得到。
collection-problem = ⚠️ { $problem }
alt-collection = 一張有編號的動漫臉總覽圖：{ $faces }
collection-pick = 選一張臉接著畫……
collection-change = 幫一張臉取名、送人或移除……
collection-earlier = 上一頁
collection-later = 下一頁
collection-export = 匯出
collection-hide = 不讓別人看
collection-show = 讓別人看
collection-chosen = 要怎麼處理這張臉？
collection-give = 送給……
collection-name = 取名……
collection-remove = 移除
collection-back = 回到收藏
collection-open = 我的收藏
collection-removed =
    已移除。用這行配方還可以再畫出這張臉：
    `{ $line }`
collection-named = 這張臉有新名字了。
collection-unnamed = 這張臉現在沒有名字了。
collection-exported = 文字檔裡有你收藏的每一張臉的配方，圖上是這一頁。
name-title = 幫這張臉取名
name-label = 名字
name-about = 最多 32 個字；留空就清除名字。

## 禮物：一個人送給另一個人的臉

gift-offer = 🎁 <@{ $recipient }>，<@{ $giver }> 想送一張臉給你收藏：**{ $what }**。到期時間：{ $when }。
gift-waiting = 🎁 <@{ $giver }> 想送你一張臉：**{ $what }**
gift-offered = 🎁 已經問 <@{ $recipient }> 要不要收下這張臉；對方可以在 7 天內收下，在這裡或在自己的收藏裡都可以。在那之前，這張臉還是你的。
gift-accept = 收下
gift-decline = 謝謝，不用了
gift-accepted = 🎁 <@{ $recipient }> 收下了 <@{ $giver }> 送的臉：**{ $what }**
gift-declined = <@{ $recipient }> 沒有收下這張臉，它還是 <@{ $giver }> 的。

## /daily

daily = { $days ->
    [1] ☀️ 你的今日之臉，{ $date }
   *[other] ☀️ 你的今日之臉，{ $date } · 🔥 連續 { $days } 天
}

## /waifubot forget

forget-what = **要把我記得的關於你的一切都刪掉嗎？** 包括你的設定、你的收藏、還沒收下的禮物（別人要送你的，和你要送人的）、連續天數、捏臉面板和「上一張」記得的內容，還有存下來的臉：照你的圖找到的，和配方太長的。
    已經發出去的圖會留在原處。用到這些存下來的臉的配方，以後就畫不出來了。你還在等的圖會取消。刪掉以後無法復原。
forget-all = 全部刪掉
forgotten = 好了，關於你的一切我都不再記得了。

## /waifubot help

help-head = **我會畫什麼。** 先試試 `/{ command-waifu }`；每張圖下面都有按鈕，可以接著玩。
help-waifu = 一張臉。同一個種子（一個數字或一個詞）永遠是同一張臉。
help-waifu-alt = 一張動漫臉。
help-grid = 一次畫許多張臉；可以從下面的選單挑一張。
help-grid-alt = 九張動漫臉排成正方形。
help-morph = 一張臉慢慢變成另一張的動畫。
help-morph-alt = 一張動漫臉正在變成另一張。
help-mix = 一張臉的姿勢和髮型，配上另一張臉的顏色。
help-mix-alt = 一張表格：上面和左邊是原本的臉，中間是兩兩混合的結果。
help-vary = 還是同一張臉，只換一些小細節。
help-vary-alt = 同一張動漫臉畫了好幾次，只有小小的差別。
help-psi = 同一張臉，從平均到狂野。
help-psi-alt = 同一張動漫臉排成一列，從平均到狂野。
help-edit = 想改哪裡就改哪裡：頭髮、眼睛、眼鏡……
help-edit-alt = 一張正在換髮色的動漫臉。
help-make = 一步一步捏出一張臉：頭髮、眼睛、衣服……公開發布之前只有你看得到。
help-make-alt = 一張動漫臉先變成粉紅色頭髮，再戴上眼鏡，再戴上貓耳。
help-like = 給我看一張圖，我來找最像它的臉。公開發布之前只有你看得到。
help-like-alt = 一張草圖，旁邊是一張和它很像的動漫臉。
help-stream = 每隔幾秒一張新的臉，持續幾分鐘。
help-stream-alt = 動漫臉一張接一張。
help-story = 一張臉是誰：名字、喜好，還有故事的開頭。
help-story-alt = 一張動漫臉，下面是介紹這張臉的卡片。
help-daily = 你的今日之臉，還有你連續來了幾天。
help-daily-alt = 一張動漫臉。
help-collection = 你收藏的臉：每張臉下面的選單裡都有**收藏**。
help-collection-alt = 四張有編號的動漫臉。
help-recipe = 一張圖是怎麼畫出來的；上傳圖片，或在訊息上按右鍵（手機上長按），再選「應用程式」。
help-recipe-alt = 一張動漫臉，和畫出它的那一行配方。
help-model = 有哪些模型可以用，由哪一個為你畫。
help-model-alt = 幾張動漫臉疊在一起。
help-settings = 你沒有另外填的時候，圖是什麼樣子，以及我用什麼語言回覆。
help-queue = 有多少圖在排隊，你排在第幾位。
help-cancel = 取消你還在等的圖。
help-status = 機器人的狀況。
help-forget = 刪掉我記得的關於你的一切。
help-tail =
    -# **種子**：一個數字或一個詞。**狂野度**：離平均臉多遠；0.7 好看，超過 1 就狂野了。**特徵**：臉上要有什麼，例如 髮色: 粉紅色。
    -# 圖上面那行小字是它的配方：有這一行或這張圖，誰都能再畫一次。

## 錯誤（英文寫在 generator/contract/errors.py 與 bot/errors.py 裡）

error-too-fast = 你一分鐘內已經要了 { $limit } 張圖；{ $seconds } 秒後可以再要下一張。
error-no-step-back = 只能在一天之內回到上一張；這則訊息之前的圖已經找不到了。
error-no-recipe-here = 這則訊息裡沒有配方，請選一則附有這裡畫的圖的訊息。
error-many-faces = 這張圖裡有好幾張臉，請先從下面的選單選一張。
error-one-direction = 請從選單裡選一個方向，只能選一個。
error-no-such-moment = 這個動畫裡沒有「{ $value }」這個時刻；請寫影格的編號，1 到 { $high }，或動畫進行到百分之幾，例如 50%。
error-dialog-gone = 這個對話框太舊，已經不知道它是哪張圖的了；請從那張圖重新打開。
error-nothing-to-change = 請寫下要改變什麼，例如：髮色: 藍色, 不戴眼鏡, 轉頭: 2。
error-changed-twice = 「{ $name }」寫了兩次；請只留一個。
error-no-seed-to-change = 這張臉存下來時沒有附上種子，所以特徵改不了；可以改變一個方向，例如 d1: 0.75。
error-equal-frames = 這樣每個影格都一模一樣；請換一個種子或別的特徵，狂野度和強度也不要用 0。
error-file-too-large = { $file } 超過了 { $limit }；在這裡畫的圖都沒有這麼大。
error-files-unread = { $count } 個檔案裡只讀了前 { $limit } 個，裡面沒有配方；請把要找的那個交給 /{ command-recipe }。
error-not-allowed = Discord 不讓機器人在這裡回覆；請管理員給它這些權限：檢視頻道、傳送訊息、附加檔案。
error-thread-closed = 這個討論串已封存或鎖定，機器人無法在這裡回覆；請重新打開它，或換個地方再試。
error-filtered = 這個伺服器（AutoMod）或 Discord 的過濾器擋下了回覆；請換個地方再試。
error-not-accepted = Discord 沒有接受在這裡的回覆（錯誤 { $number }）；請再試一次，或換個地方。
error-file-unreachable = 來不及從 Discord 下載 { $file }；請先存下來，再交給 /{ command-recipe }。
error-no-picture-here = 這則訊息裡沒有圖；請選一則有圖的，或者把圖交給 /{ command-like }。
error-picture-unreachable = 沒辦法從 Discord 下載這張圖；請重新上傳一次，再交給 /{ command-like }。
error-upload-forgotten = 還沒找到臉，我就重新啟動了，而大家給我看的圖我都不會保存；請稍等一下，再給我看一次。
error-already-streaming = 你已經有一個連播在進行；先用它的「停止」按鈕或 /{ command-waifubot } { command-waifubot-cancel } 停掉，再開新的。
error-streams-full = 這個伺服器已經有 { $limit } 個連播在進行；等其中一個結束再試。
error-all-streams-full = 機器人在所有伺服器裡總共已經有 { $limit } 個連播在進行；等其中一個結束再試。
error-streams-off = 機器人的主人關掉了連播；用 /{ command-waifu } 可以一次畫一張臉。
error-never-began = 繪師一直忙著畫別人的圖，這次連播沒能開始；請晚點再試。
error-interrupted = 我還沒來得及回覆就重新啟動了，請再問一次。
error-not-your-stream = 只有發起這個連播的人或管理員才能停止它。
error-servers-only = 這裡不在伺服器裡；用 /{ command-waifubot } { command-waifubot-settings } 可以替你自己選。
error-not-your-server = 只有擁有「管理伺服器」權限的人才能替這個伺服器選；用 /{ command-waifubot } { command-waifubot-settings } 可以替你自己選。
error-not-for-servers = { $name }由每個人自己選；請不要填「誰的」。
error-not-for-people = 只有伺服器才能設定{ $name }；「誰的」請選「這個伺服器」。
error-state-away = 機器人現在讀不到自己記下的東西，所以什麼都沒改；請過一分鐘再試。
error-collection-full = 你的收藏滿了，裡面有 { $limit } 張臉；請用 /{ command-collection } 移除一張再試。
error-their-collection-full = 對方的收藏滿了，收不下這張臉；它還是你的。
error-already-kept = 這張臉已經在你的收藏裡了，是第 { $number } 張。
error-not-kept = 這張臉已經不在收藏裡了；用 /{ command-collection } 看看裡面有什麼。
error-collection-hidden = 這個人的收藏不給別人看。
error-not-your-collection = 只有本人可以更改自己的收藏；用 /{ command-collection } 看你自己的。
error-gift-gone = 這份禮物已經不在了：可能已經有人收下、已經收回，或是過了 7 天。
error-not-your-gift = 這份禮物是送給別人的。
error-gift-to-bot = 機器人不能收藏臉，請選一個人。
error-gift-to-yourself = 這張臉本來就是你的，請選別人。
error-only-yourself = 只有提出要求的人可以按這個按鈕；機器人記得的關於你的一切，只有你自己可以刪掉。

error-empty-recipe = 配方是空的；請說說要畫什麼，例如：waifu 123 psi=0.7。
error-unknown-kind = 沒有「{ $kind }」這種圖；可以選：{ $known }。
error-unknown-option = 「{ $kind }」沒有「{ $name }」這個選項；它的選項有：{ $known }。
error-repeated-option = 選項「{ $name }」寫了兩次，請只留一個。
error-bad-value = { $name }不能是「{ $value }」；要填：{ $expected }。
error-line-too-long = 配方最多 { $limit } 個字元，這個有 { $length } 個。請刪掉一些。
error-bad-face = 「{ $value }」不是一張臉；可以這樣寫：{ $example }。
error-out-of-range = { $name }要在 { $low } 到 { $high } 之間，不能是 { $value }。
error-too-many-values = 「{ $name }」最多 { $limit } 個值，你給了 { $given } 個。
error-too-many-seeds = 「{ $name }」最多 { $limit } 個種子，你給了 { $given } 個。
error-wrong-strip-length = 長圖可以有 { $low } 到 { $high } 個影格，不能是 { $value } 個。
error-wrong-seconds = { $seconds } 秒、每秒 { $fps } 個影格，總共是 { $value } 個影格；照這個速度，可以填 { $shortest } 到 { $longest } 秒。
error-morph-too-short = 經過 { $seeds } 個種子的變臉至少要有 { $low } 個影格，這個只有 { $value } 個。
error-no-such-layers = 這個模型只有第 0 到 { $high } 層，沒有 { $value }。
error-no-such-face = 這張圖裡只有第 { $low } 到 { $high } 張臉，沒有第 { $value } 張。
error-not-a-choice = { $name }不能是「{ $value }」；可以選：{ $choices }。
error-bad-seed = 種子是 0 到 4294967295 的整數，或一個詞；「{ $value }」都不是。
error-seed-too-long = 種子最多 { $limit } 個字元，這個有 { $length } 個。請換一個短一點的詞。
error-wrong-seed-count = 「{ $kind }」需要的是：{ $expected }；你給了 { $given } 個。例如：{ $example }。
error-conflict = { $first }和{ $second }只能給一個。
error-missing-option = 「{ $kind }」需要選項{ $name }；例如：{ $example }。
error-not-in-space = { $face } 這張臉沒有 z，走空間 { $space } 到不了它；請不要指定空間。
error-vector-missing = 這裡已經沒有 @{ $digest } 這張臉了；找一張有這張臉的圖，交給 /{ command-recipe }，就能找回來。
error-vector-misfit = @{ $digest } 這張臉不是用模型 { $model } 做的：它有 { $rows } × { $columns } 個數，這個模型需要 { $layers } × { $size } 個；請選做出它的那個模型。
error-vector-damaged = @{ $digest } 這張臉已損壞；請把另一張有這張臉、沒有損壞的圖交給 /{ command-recipe }。
error-too-many-vectors = 一張圖裡最多放 { $limit } 張存下來的臉，這張要放 { $given } 張；請減少一些。
error-too-many-pixels = { $faces } 張臉總共有 { DIVIDE($megapixels, 100) } 億像素，一次最多畫 { DIVIDE($limit, 100) } 億像素；{ $fitting } 張臉放得下。
error-too-many-frames-of-faces = { $frames } 個影格、每個影格 { $faces } 張臉，總共有 { DIVIDE($megapixels, 100) } 億像素，一次最多畫 { DIVIDE($limit, 100) } 億像素；{ $fitting } 個影格放得下。
error-too-many-faces = { $frames } 個影格、每個影格 { $faces } 張臉，總共要畫 { $total } 張臉，而一段動畫最多 { $limit } 張；{ $fitting } 個影格放得下。
error-too-many-for-format = { $format } 最多 { $high } 個影格，不能是 { $value } 個；選 mp4 格式就可以有 { $most } 個影格。
error-takes-too-long = 用模型 { $model } 畫 { $frames } 個影格大約要 { $minutes } 分鐘，而一段動畫最多可以畫 { $limit } 分鐘；{ $fitting } 個影格來得及。
error-too-many-frames = { $frames } 個影格總共有 { DIVIDE($megapixels, 100) } 億像素，一次最多畫 { DIVIDE($limit, 100) } 億像素；{ $fitting } 個影格放得下。
error-unknown-model = 這裡沒有模型「{ $model }」；可以選：{ $known }。
error-model-gone = 模型 { $model } 已經不在這裡了，它畫的臉沒辦法再畫出來；請換一個模型。
error-model-replaced = 模型 { $model } 的檔案已經換成另一個模型，畫出來會是別的臉；請換一個模型。
error-model-not-offered = 模型 { $model } 目前在這裡不能用；請換一個模型，或請機器人的主人重新開放它。
error-other-model = 畫這張圖的模型，跟這裡叫做 { $model } 的不是同一個，所以在這裡畫不出同一張臉。
error-no-traits = 模型 { $model } 不懂特徵；請拿掉特徵，或換一個模型。
error-unknown-trait = 模型 { $model } 沒有「{ $trait }」這個特徵；它的特徵有：{ $known }。
error-unknown-trait-value = { $trait }不能是「{ $value }」；可以選：{ $known }。
error-unknown-direction = 模型 { $model } 沒有「{ $direction }」這個方向；它有：{ $known }。
error-no-noise = 模型 { $model } 在這些層裡沒有雜訊，畫出來不會有變化；請換別的層或別的模型，或加上 by=z 來看相近的臉。
error-no-transform = 模型 { $model } 的畫面不能旋轉或平移；請拿掉 `rotate` 和 `shift`，或換一個 StyleGAN3 模型。
error-format-missing = 這裡做不出 { $format } 格式；可以選：{ $known }。
error-not-a-file = { $file } 不是一般的檔案；請給一個檔案的路徑。
error-file-missing = 找不到檔案 { $file }；請檢查路徑。
error-not-a-checkpoint = { $file } 不是 StyleGAN 模型檔。
error-unsupported-network = 不支援 { $file } 的內容；請換一個模型檔。
error-forbidden-content = 已拒絕 { $file }：裡面有 StyleGAN 模型用不到、卻可能執行程式碼的內容。請不要信任這個檔案。
error-damaged-checkpoint = { $file } 已損壞，請重新下載。
error-checkpoint-too-large = 已拒絕 { $file }：它比任何 StyleGAN 模型需要的都還大。
error-mapping-lr-unknown = { $file } 沒有寫明映射網路的學習率倍數，從權重也看不出來；請用 `waifu convert` 加上 `--mapping-lr` 和訓練時的數值（多半是 0.01）轉換它。
error-other-shapes = 這兩個網路無法混合，因為它們的{ $found }不同；請用一個網路和由它繼續訓練出來的網路。
error-out-of-memory = 記憶體不夠畫這張圖；請畫小一點。
error-cannot-fit = 檔案怎麼壓縮都超過這裡的上限 { $limit }；請減少影格，或換一種格式。
error-too-many-frames-to-fit = { $frames } 個影格的檔案怎麼壓縮都超過這裡的上限 { $limit }；大約 { $fitting } 個影格放得下。
error-no-space = 這裡的磁碟暫時放不下這麼多影格；請減少一些，或過一會兒再試。
error-cancelled = 已取消。
error-render-failed = 這張圖沒能畫出來，請再試一次；如果又出錯，請把這個編號告訴機器人的主人：{ $reference }。
error-damaged-names = { $file } 記錄了每個名稱指的是哪個模型，但現在不能用；請用備份還原。沒有備份的話就刪掉它，所有模型會重新命名。
error-names-in-use = { $file } 一直被另一個程式鎖住；請先結束那個程式再試。
error-picture-missing = 要找的那張圖已經不在這裡了：上傳的圖不會保存。請再傳一次。
error-picture-unreadable = 這個檔案不是這裡能讀的圖片；請給一個完整的 PNG、JPEG、WebP 或 GIF 檔案。
error-picture-too-small = 這張圖只有 { $width } × { $height } 像素，太小了，看不清楚臉；請換一張每邊至少有 { $least } 像素的。
error-picture-too-large = 這張圖太大了：檔案最多 { $limit } MB；請換一張小一點的。
error-picture-too-many-pixels = 這張圖有 { $megapixels } 百萬像素，最多只能看 { $limit } 百萬像素的圖；請換一張小一點的。
error-not-finite = 「{ $model }」畫不了這張圖：裡面的數值大得沒有邊了。請拿掉配方裡特別大的數，或者換一個模型。
error-no-stamp = { $file } 裡沒有配方；只有在這裡畫的圖才帶有配方。
error-no-stored-face = { $file } 裡沒有配方提到的那些存下來的臉；請給一張有這些臉的圖，或存了這些臉的檔案。
error-no-usable-w = { $file } 裡沒有可以用的 w。
error-cannot-write = 無法寫入 { $file }。
error-engine-starting = 繪師還在準備，請稍等一下再試。
error-engine-down = 繪師暫時不在，請過幾分鐘再試。
error-poison-run = 這個請求讓繪師昏倒了兩次，只好放棄；請換個稍微不一樣的試試。
error-engine-stopped = 機器人正在關閉，請過幾分鐘再來。
error-protocol-error = 機器人和繪圖程式溝通時出錯，請再試一次。
error-queue-full = 排隊的圖太多了（已有 { $limit } 張在等），請過一分鐘再試。
error-person-full = 你已經有 { $limit } 張圖在排隊；請等其中一張畫完，或用 /{ command-waifubot } { command-waifubot-cancel } 取消。
error-server-full = 這個伺服器已經有 { $limit } 張圖在排隊，請過一分鐘再試。
error-recipe-too-long = 這個請求的配方有 { $length } 個字元，最多 { $limit } 個；請拿掉一些特徵或臉。
error-takes-too-long-here = 畫完這個要花的時間，比 Discord 在這裡肯等的還久；請減少影格，或到機器人加入的伺服器裡去要，並且把「{ option-private }」設為否。
error-too-late = 排隊太久，等你的圖畫好時 Discord 已經不等了；請晚點再試。
error-not-here = 機器人的主人不讓機器人在這個頻道畫圖，請換一個頻道。
error-bad-traits = 「{ $value }」不是特徵；特徵要這樣寫：髮色: 粉紅色, 眼鏡: 圓框。
error-ambiguous-trait = 「{ $value }」在這裡有幾種意思；請寫清楚，例如：{ $choices }。
error-unclear-trait = 沒有「{ $value }」這個特徵；你要的是不是{ $choices }？
error-trait-twice = { $trait }給了兩次：「{ $value }」和「{ $other }」；請只留一個。
error-no-recipe = 這則訊息裡已經沒有配方，按鈕和選單不知道該畫什麼；請改用指令。
error-only-you-here = 在這個伺服器裡，你自己帶來的應用程式的回覆只有你看得到，所以這張圖不能公開發布；管理員可以允許（權限「使用外部應用程式」），或把機器人加進伺服器。
error-not-yours = 只有要這張圖的人或管理員才能刪除它。
error-not-your-panel = 只有打開這個面板的人才能使用它；用 /{ command-make } 打開你自己的。
error-command-changed = 這個指令更新過，而你的 Discord 還沒跟上；請重新載入 Discord（Ctrl+R）再試。
error-command-moved = 這個指令現在是 /{ command-waifubot } { $moved }；如果你的 Discord 裡還沒有，請重新載入（Ctrl+R）。
error-unexpected = 這裡出了點問題，請再試一次；如果又出錯，請把這個編號告訴機器人的主人：{ $reference }。

## 錯誤裡說的「要填」：英文寫在 generator/contract/errors.py 的 EXPECTED 裡

expected-a-number = 一個數
expected-a-whole-number = 一個整數
expected-a-short-text = 最多 { $limit } 個字元
expected-a-plain-text = 不含空格的文字，只能有英文字母、數字和 . _ , : + -
expected-a-trait = 由 a-z、0-9、- 和 _ 組成的名稱，例如 hair=pink
expected-a-model = 模型的名稱，例如 drawn-4
expected-a-picture = 代表一張圖的 { $limit } 個字元
expected-a-direction = 方向的名稱，例如 d1 或 髮色: 粉紅色
expected-layers = 一層或一段層，例如 5 或 0-3
expected-layers-in-order = 較小的層在前：{ $low }-{ $high }
expected-a-shift = 往右和往下各移動多少，例如 0.1,-0.05
expected-one-seed = 一個種子
expected-one-size = 一個邊長
expected-several-seeds = { $low } 到 { $high } 個種子
expected-a-mix = 2 個種子，或 { $low } 到 { $high } 個形狀種子，顏色種子寫成 fine=種子,種子

## 特徵和它們的值：建議裡這樣顯示，也可以這樣輸入

direction-turn = 轉頭
direction-tilt = 歪頭
direction-nod = 點頭
direction-chin = 下巴
direction-face-width = 臉寬
direction-head-height = 頭高
direction-bang-length = 瀏海長度
direction-volume = 髮量
direction-clothes-light = 衣服亮度
direction-background-light = 背景亮度
direction-gaze = 視線
direction-mouth-curve = 嘴角
direction-eye-opening = 睜眼
direction-eye-size = 眼睛大小
direction-brow = 眉毛
direction-blush = 腮紅
direction-back-length = 頭髮長度
direction-wind = 風向
direction-light-side = 光線方向

trait-hair = 髮色
    .black = 黑色
    .brown = 棕色
    .blonde = 金色
    .orange = 橘色
    .red = 紅色
    .pink = 粉紅色
    .purple = 紫色
    .blue = 藍色
    .aqua = 水藍色
    .green = 綠色
    .silver = 銀色
    .white = 白色
trait-back-hair = 髮型
    .short = 短髮
    .bob = 鮑伯頭
    .long = 長髮
    .wavy = 波浪捲
    .twintails = 雙馬尾
    .ponytail = 馬尾
    .buns = 丸子頭
    .braids = 麻花辮
    .spiky = 刺蝟頭
    .pixie = 精靈短髮
    .curly = 捲髮
    .half-up = 公主頭
    .side-ponytail = 側馬尾
    .low-twintails = 低雙馬尾
    .low-ponytail = 低馬尾
    .drills = 螺旋捲
    .wolf = 狼尾頭
trait-bangs = 瀏海
    .blunt = 齊瀏海
    .hime = 公主切
    .messy = 凌亂
    .swept = 斜瀏海
    .parted = 中分
    .curtain = 八字瀏海
    .wispy = 空氣瀏海
    .one-eye = 遮眼瀏海
    .crossed = 交叉瀏海
    .swoop = 側撥瀏海
trait-eyes = 瞳色
    .brown = 棕色
    .amber = 琥珀色
    .green = 綠色
    .aqua = 水藍色
    .blue = 藍色
    .purple = 紫色
    .pink = 粉紅色
    .red = 紅色
    .gold = 金色
    .grey = 灰色
trait-eye-shape = 眼型
    .round = 圓眼
    .almond = 杏眼
    .sharp = 鳳眼
    .droopy = 下垂眼
    .sleepy = 愛睏眼
    .narrow = 細長眼
trait-expression = 表情
    .smile = 微笑
    .open = 開懷大笑
    .grin = 咧嘴笑
    .cat = 貓嘴
    .pout = 嘟嘴
    .neutral = 平靜
    .surprised = 驚訝
    .wink = 眨眼
    .closed = 瞇眼笑
    .shy = 害羞
    .angry = 生氣
trait-skin = 膚色
    .porcelain = 瓷白
    .fair = 白皙
    .tan = 小麥色
    .brown = 棕色
    .deep = 深色
    .warm = 暖白
trait-glasses = 眼鏡
    .none = 無
    .round = 圓框
    .square = 方框
    .half-rim = 半框
    .cat-eye = 貓眼框
    .shades = 墨鏡
    .monocle = 單片眼鏡
trait-accessory = 配件
    .none = 無
    .cat-ears = 貓耳
    .ribbon = 蝴蝶結
    .flower = 花
    .halo = 光環
    .headband = 髮箍
    .clip = 髮夾
    .horns = 角
    .fox-ears = 狐耳
    .bunny-ears = 兔耳
    .headphones = 耳罩式耳機
    .maid = 女僕頭飾
    .tiara = 頭冠
    .beret = 貝雷帽
    .witch-hat = 女巫帽
    .crown = 皇冠
trait-style = 氣質
    .feminine = 偏女性
    .masculine = 偏男性
trait-clothes = 服裝
    .sailor = 水手服
    .hoodie = 帽T
    .shirt = 襯衫
    .turtleneck = 高領衫
    .kimono = 和服
    .dress = 洋裝
    .blazer = 西裝制服
    .jacket = 夾克
    .gothic = 歌德裝
    .cape = 斗篷
    .fur = 毛領大衣
    .scarf = 圍巾
    .qipao = 旗袍
    .idol = 偶像服
trait-background = 背景
    .plain = 素色
    .gradient = 漸層
    .dots = 圓點
    .stripes = 條紋
    .circle = 圓環
    .sparkles = 閃亮
    .sky = 天空
    .blossom = 櫻花
    .leaves = 樹葉
    .bokeh = 散景
    .city = 城市
    .stars = 星空
    .window = 窗邊
    .books = 書架
trait-face = 臉型
    .child = 娃娃臉
    .round = 圓臉
    .oval = 鵝蛋臉
    .heart = 心形臉
    .slim = 瘦長臉
    .mature = 成熟臉
    .square = 方臉
    .angular = 稜角臉
trait-second-eye = 另一隻眼
    .same = 同色
    .amber = 琥珀色
    .green = 綠色
    .blue = 藍色
    .red = 紅色
trait-pupils = 瞳孔
    .round = 圓形
    .slit = 豎瞳
    .star = 星形
    .ring = 環形
trait-time = 時間
    .day = 白天
    .morning = 早晨
    .evening = 傍晚
    .night = 夜晚
trait-shading = 畫風
    .cel = 賽璐璐
    .soft = 柔和
    .retro = 復古
    .pastel = 粉彩
trait-dye = 染髮
    .none = 無
    .tips = 髮尾
    .streak = 挑染
    .inner = 內層
trait-mark = 臉上記號
    .none = 無
    .mole = 痣
    .freckles = 雀斑
    .lines = 貓鬚紋
    .plaster = OK繃
    .heart = 愛心
trait-earrings = 耳環
    .none = 無
    .stud = 耳針
    .drop = 垂墜
    .hoop = 圈圈
trait-ears = 耳朵
    .human = 人類
    .elf = 精靈

## 平常的說法：特徵除了名稱以外，還可以這樣輸入

value-of-trait = { $value }{ $trait }|{ $value }的{ $trait }|{ $trait }{ $value }|{ $trait }是{ $value }
without-trait = 不戴{ $thing }|沒戴{ $thing }|不帶{ $thing }|沒有{ $thing }|沒{ $thing }|無{ $thing }|不要{ $thing }|去掉{ $thing }|拿掉{ $thing }|摘掉{ $thing }|摘下{ $thing }|拿下{ $thing }|不加{ $thing }
filler-words = 臉上|頭上|身上|和|與|跟|及|以及|戴|戴著|頭戴|帶著|穿|穿著|身穿|有|有著|還有|留著|綁著|長著|加|加上|配|配上|要|我要|想要|我想要|請|畫|請畫|是|他|她|的|一個|一位|一張|一頭|一雙|一對|一副|一頂|一件|一條

also-trait-hair = 頭髮|髮|毛|頭髮顏色
    .black = 黑|烏黑
    .brown = 棕|褐色|褐|咖啡色|栗色|茶色|茶
    .blonde = 金|金黃色|金黃|黃色|黃
    .orange = 橘|橙色|橘色|橙
    .red = 紅|酒紅色|酒紅
    .pink = 粉|粉色|粉紅|桃紅色|桃紅|櫻花粉
    .purple = 紫|薰衣草色
    .blue = 藍|深藍色|寶藍色
    .aqua = 水藍|淺藍色|淺藍|天藍色|天藍|湖水藍
    .green = 綠
    .silver = 銀|銀白色|灰色|灰|銀灰色
    .white = 白
also-trait-back-hair = 髮式
    .short = 短頭髮|短
    .bob = 鮑伯|妹妹頭|鮑伯短髮
    .long = 長頭髮|長直髮|長
    .wavy = 波浪|大波浪|大捲髮
    .twintails = 雙馬尾辮|雙馬尾髮型|高雙馬尾
    .ponytail = 馬尾辮|單馬尾|高馬尾|綁馬尾
    .buns = 丸子|包包頭|雙丸子頭|包子頭
    .braids = 辮子|麻花|麻花辮子|雙辮子|編髮
    .spiky = 刺蝟|刺蝟髮型
    .pixie = 超短髮
    .curly = 鬈髮|捲捲頭|捲毛|自然捲
    .half-up = 半紮髮
    .side-ponytail = 側邊馬尾|單側馬尾
    .drills = 鑽頭|鑽頭捲|螺旋捲髮|公主捲
    .wolf = 狼尾|狼尾剪|狼剪
also-trait-bangs = 劉海
    .blunt = 平瀏海|齊|平|妹妹瀏海
    .hime = 姬髮式|姬髮|姬式髮型
    .messy = 碎瀏海|亂
    .swept = 斜|旁分|側分
    .parted = 中分頭|中間分
    .curtain = 八字|窗簾瀏海
    .wispy = 空氣|薄瀏海
    .one-eye = 遮一隻眼
also-trait-face = 臉形|臉
    .child = 童顏|稚氣
    .heart = 心型臉
    .slim = 瘦|長臉
    .mature = 成熟
    .square = 國字臉
    .angular = 稜角分明
also-trait-eyes = 眼睛|眼睛顏色|眼瞳|瞳|眼|眼珠|雙眼|雙眸
    .brown = 棕|褐色|褐|咖啡色|茶色|茶
    .amber = 琥珀
    .green = 綠|翠綠色|碧綠色
    .aqua = 水藍|淺藍色|淺藍|天藍色|天藍
    .blue = 藍|碧|碧藍色|湛藍色
    .purple = 紫
    .pink = 粉|粉色|粉紅|桃紅色|桃紅
    .red = 紅|赤紅色
    .gold = 金|金黃色|金黃|黃色|黃
    .grey = 灰|銀色|銀
also-trait-second-eye = 異色瞳|異瞳|另一隻眼睛
    .same = 一樣|相同
    .amber = 琥珀
    .green = 綠
    .blue = 藍
    .red = 紅
also-trait-eye-shape = 眼形
    .round = 圓眼睛|大眼睛|大眼|圓滾滾
    .almond = 杏仁眼
    .sharp = 吊眼|丹鳳眼|吊眼角|銳利眼神
    .droopy = 垂眼|垂垂眼
    .sleepy = 睡眼|想睡|愛睏|惺忪|睡眼惺忪
    .narrow = 細眼|瞇瞇眼|小眼睛
also-trait-pupils = 瞳仁
    .slit = 貓瞳|直瞳|蛇瞳|貓眼
    .star = 星星|星星眼|星星瞳
    .ring = 圓環
also-trait-expression = 神情
    .smile = 笑|微微笑|笑容|笑臉
    .open = 大笑|張嘴|開心|開懷笑|張嘴笑|笑開懷
    .grin = 咧嘴|露齒笑|得意笑
    .cat = 貓|貓咪嘴
    .pout = 噘嘴|鼓臉|鼓起臉頰|賭氣
    .neutral = 面無表情|嚴肅|冷靜|無表情|平淡|撲克臉
    .surprised = 吃驚|嚇到|震驚
    .wink = 單眨眼|眨單眼|單眼眨眼|拋媚眼
    .closed = 閉眼|閉眼笑|瞇眼|閉眼微笑
    .shy = 臉紅|羞澀|嬌羞|難為情
    .angry = 憤怒|不爽|發怒
also-trait-skin = 皮膚|膚|皮
    .porcelain = 雪白|蒼白|陶瓷肌
    .fair = 白|淺色|白嫩
    .tan = 小麥|古銅色|曬黑|健康|健康色
    .brown = 棕|褐色|褐
    .deep = 黑|黑色|黝黑|深
also-trait-glasses = 眼鏡框|鏡框
    .none = 沒有|不戴|不要
    .round = 圓|圓形|眼鏡
    .square = 方|方形|長方形
    .half-rim = 眉框
    .cat-eye = 貓眼
    .shades = 太陽眼鏡
    .monocle = 單片鏡|單邊眼鏡
also-trait-accessory = 頭飾|髮飾|飾品|配飾
    .none = 沒有|不戴|不要
    .cat-ears = 貓耳朵|貓|貓娘|貓耳娘|貓咪耳朵
    .ribbon = 絲帶|緞帶|大蝴蝶結
    .flower = 花朵|鮮花|花飾
    .halo = 光圈|天使光環|天使
    .headband = 頭箍|髮帶
    .clip = 夾子|小髮夾
    .horns = 犄角|惡魔角|龍角|鬼角
    .fox-ears = 狐狸耳|狐狸耳朵|狐狸|狐娘
    .bunny-ears = 兔子耳|兔子耳朵|兔耳朵|兔子|兔娘|兔女郎
    .headphones = 耳機|頭戴式耳機|耳麥
    .maid = 女僕|女僕髮帶|女僕髮箍
    .tiara = 小皇冠|公主皇冠|后冠
    .beret = 畫家帽
    .witch-hat = 巫師帽|魔女帽|女巫|魔女
    .crown = 王冠
also-trait-style = 性別
    .feminine = 女|女生|女性|女孩
    .masculine = 男|男生|男性|男孩
also-trait-clothes = 衣服|穿著|服飾|衣著
    .sailor = 水手裝|水手|水手制服
    .hoodie = 連帽衫|帽衫|連帽上衣|連帽T
    .shirt = 上衣|T恤|白襯衫|短袖
    .turtleneck = 高領毛衣|高領|高領上衣|高領衣
    .kimono = 浴衣
    .dress = 裙子|長裙|連身裙|禮服|小洋裝
    .blazer = 西裝|西裝外套|制服外套|西式制服|制服
    .jacket = 外套
    .gothic = 歌德|歌德風|哥德|哥德裝|哥德風
    .cape = 披風|披肩
    .fur = 毛領|毛大衣|皮草
    .scarf = 圍脖
    .qipao = 中式旗袍
    .idol = 打歌服|偶像服裝|偶像裝|舞台裝
also-trait-background = 背景圖
    .plain = 純色|單色
    .dots = 點點|水玉|波點
    .stripes = 條
    .circle = 圓圈
    .sparkles = 閃閃|亮晶晶|閃閃發亮
    .sky = 藍天|白雲
    .blossom = 櫻花樹
    .leaves = 葉子|綠葉
    .bokeh = 光斑|光點
    .city = 都市|街景
    .stars = 星星|夜空
    .window = 窗戶|窗
    .books = 書|圖書館|書櫃
also-trait-time = 時段
    .day = 日間
    .morning = 清晨|早上|清早|日出
    .evening = 黃昏|日落|夕陽
    .night = 夜|晚上|夜間|深夜
also-trait-shading = 畫法|上色
    .cel = 賽璐珞|平塗
    .retro = 懷舊|老動畫
    .pastel = 馬卡龍色
also-trait-dye = 染色|染髮顏色
    .none = 沒有|不要
    .tips = 髮梢|髮尾染
    .streak = 片染|局部染
    .inner = 內染|內層染|耳圈染
also-trait-mark = 印記|記號|臉部記號
    .none = 沒有|不要
    .mole = 美人痣|淚痣|黑痣
    .lines = 貓鬚|貓咪鬍鬚|鬍鬚
    .plaster = OK蹦|絆創膏
    .heart = 心形|心型
also-trait-earrings = 耳飾
    .none = 沒有|不戴|不要
    .stud = 耳環|耳釘|貼耳耳環
    .drop = 垂吊|耳墜|垂墜式
    .hoop = 圓圈|大圈|圈型
also-trait-ears = 耳
    .human = 人|人耳|普通
    .elf = 尖|精靈耳|尖尖
also-moved-turn =
    .more = 頭向右轉|向右轉|向右轉頭|臉朝右|看右邊
    .less = 頭向左轉|向左轉|向左轉頭|臉朝左|看左邊
also-moved-nod =
    .more = 低頭|往下看|向下看
    .less = 抬頭|往上看|向上看|仰頭
also-moved-tilt =
    .more = 向右歪頭|頭向右歪
    .less = 向左歪頭|頭向左歪
also-moved-gaze =
    .more = 眼睛看右邊|眼睛向右看|往右瞄
    .less = 眼睛看左邊|眼睛向左看|往左瞄
also-moved-mouth-curve =
    .more = 多笑一點|笑得更開心|更開心
    .less = 少笑一點|不那麼開心|撇嘴
also-moved-eye-opening =
    .more = 睜大眼睛|眼睛睜大
    .less = 半閉眼|眼睛瞇起來
also-moved-eye-size =
    .more = 眼睛更大|更大的眼睛|眼睛變大
    .less = 眼睛更小|更小的眼睛|眼睛變小
also-moved-brow =
    .more = 皺眉|豎眉|劍眉|眉毛凌厲
    .less = 愁眉|眉毛下垂
also-moved-blush =
    .more = 腮紅更濃|臉更紅|臉頰更紅|多一點腮紅
    .less = 腮紅更淡|少一點腮紅
also-moved-back-length =
    .more = 頭髮更長|頭髮變長|留長頭髮
    .less = 頭髮更短|頭髮變短|剪短頭髮
also-moved-wind =
    .more = 風往右吹|頭髮向右飄
    .less = 風往左吹|頭髮向左飄
also-moved-light-side =
    .more = 右側光|光從右邊來|右邊打光
    .less = 左側光|光從左邊來|左邊打光
