### ボットの文章、日本語。キーと書式は en.ftl の冒頭を参照。
###
### 用語：seed シード、psi ワイルド度、morph モーフ、mix ミックス、vary バリエーション、edit 編集、grid グリッド、
### stream スライドショー、trait 特徴、model モデル、artist 絵師さん、worker 描画プログラム、queue 順番待ち、recipe レシピ、
### cancel キャンセル、post みんなに見せる、owner（ボットの）管理者。顔は決まった少ない数なら「1つ」、数が変わるなら「9枚」。
### coarse と fine は「形」と「色」（ミックス）または「大きめ」と「細かめ」（バリエーション）、picture 画像、average face 平均顔。

## 描いているあいだ

getting-ready = 🖌️ 絵師さんが準備中です…
queued = 🕐 順番待ちは{ $place }です{ $eta }。
place = { $position }番目
eta = （あと約{ $wait }）
seconds = { $n }秒
minutes = { $n }分
progress = 🎨 `{ $bar }` { $done }/{ $total }{ $eta }
finishing = 🎨 `{ $bar }` もうすぐできあがり…
like-searching = 🔎 `{ $bar }` いちばん似た顔を探しています…
like-first-look = まずは途中経過です。左はあなたの画像で、右の顔はこれからもっと似ていきます。

## 画像の説明

waifu = シード{ $seed }
like = あなたの画像にいちばん似た顔
waifu-stored = 顔{ $seed }
grid = { $count ->
    [1] シード{ $seed }
   *[other] { $seed }から始まる顔{ $count }枚
}
grid-psis =
    { $count ->
        [1] シード{ $seed }
       *[other] { $seed }から始まる顔{ $count }枚
    }
    左から順にワイルド度 { $psis }：0は平均顔、1を超えるとワイルド
grid-named = 顔{ $count }枚：{ $seeds }
grid-named-psis =
    顔{ $count }枚：{ $seeds }
    左から順にワイルド度 { $psis }：0は平均顔、1を超えるとワイルド
morph = モーフ：{ $path }
morph-self = { $seed }が少しずつ変化
mix = 形は{ $coarse }、色は{ $fine }
mix-layers = レイヤー{ $layers }は{ $coarse }、残りは{ $fine }
mix-table =
    各行の形：{ $coarse }
    各列の色：{ $fine }
mix-table-layers =
    各行のレイヤー{ $layers }：{ $coarse }
    各列の残りのレイヤー：{ $fine }
vary = { $layers ->
    [coarse] { $seed }を9枚。大きめの細部だけがランダムに違います
    [fine] { $seed }を9枚。ごく細かい部分だけがランダムに違います
   *[other] { $seed }を9枚。細部だけがランダムに違います
}
vary-moving = { $layers ->
    [coarse] { $seed }。大きめの細部がフレームごとにランダムに変わります
    [fine] { $seed }。ごく細かい部分がフレームごとにランダムに変わります
   *[other] { $seed }。細部がフレームごとにランダムに変わります
}
vary-z =
    最初が{ $seed }、残りの8枚はよく似た顔です
    -# 細部をランダムに描けるモデルなら、顔はそのままで細部だけが変わります。
vary-z-moving =
    { $seed }がよく似た顔へ次々に変わります
    -# 細部をランダムに描けるモデルなら、顔はそのままで細部だけが変わります。
psi = { $seed }、ワイルド度 { $first }から{ $last }まで：0は平均顔、1を超えるとワイルド
edit = { $seed }：**{ $change }**（強さ{ $amount }）
edit-away = { $seed }：**{ $direction }**と逆の方向へ（強さ{ $amount }）
edit-strip = { $seed }：**{ $direction }**の方向へ、{ $least }から{ $most }まで
edit-moving = { $seed }：**{ $direction }**の方向へ、{ $least }から{ $most }まで行って戻ります
edit-chart = **{ $direction }**がそれぞれ{ $seed }をどう変えるか、{ $least }から{ $most }まで。どれか1つを /{ command-edit } の方向に指定できます
# 1枚の編集が顔をどう変えるか。特徴の値へ変えるか、値のない方向へ動かすか。
change-to = { $trait }を{ $value }に
change-along = { $direction }の方向へ
# ほかの顔から作られた顔は、最初のシードで呼ぶ。名前が長くなるときは、残りを…と書く。
made-near = { $face }（よく似た顔）
made-move = { $face }（変えた顔）
made-noise = { $face }（細部違い）
made-mix = { $first } + { $second }
made-between = { $first } / { $second }
made-long = { $face }（…）
# ほかの文の下に、行を分けて出る。
with-traits = 特徴：{ $traits }
with-last-traits = 最後の顔の特徴：{ $traits }
reduced = -# ここに載せられる大きさに縮めました：{ $changes }。
reduced-side = -# ここに載せられるように、{ $before }ピクセルから{ $side }ピクセルに縮めました。
too-late = <@{ $person }>さん、お待たせしました。Discordが待てる時間を過ぎてしまいましたが、画像ができました。
elsewhere = <@{ $person }>さん、Discordが元のメッセージに画像を載せてくれなかったので、こちらに載せます。
restarting = 🕐 ボットを再起動しています。画像はもうすぐ届きます。
too-late-sentence = <@{ $person }>さん、先ほどのリクエストについて：{ $sentence }
like-found = 右は、{ $model }が描ける中で、あなたの画像にいちばん似た顔
like-far = 右は、{ $model }が描ける中で、あなたの画像にいちばん似た顔。違うタイプの顔を学んだモデルなので、似せられるのはここまで
like-private = 「{ post }」を押しても、みんなに見えるのはこの顔だけです。あなたの画像は、もう忘れました。
like-first-of = 選んだメッセージには画像が{ $count }枚あり、これは1枚目の結果です。ほかの画像は /{ command-like } に渡してください。
like-made-here = この画像はここで作られたものなので、探さなくても大丈夫です。描かれているのは、まさにこれです。

## 顔の見た目を短い言葉で：「水色髪のボブ、ウインク、猫耳」。$word はその値の、この言語での呼び方。

comma = 、
look-tone = { $value ->
    [brown] 茶髪
   *[other] { $word }髪
}
look-hair = { $tone }
look-hairdo = { $value ->
    [wavy] { $tone }のウェーブヘア
    [curly] { $tone }の巻き髪
    [spiky] ツンツンした{ $tone }
   *[other] { $tone }の{ $word }
}
look-back-hair = { $value ->
    [short] ショートヘア
    [long] ロングヘア
    [wavy] ウェーブヘア
    [spiky] ツンツンした髪
   *[other] { $word }
}
look-expression = { $value ->
    [grin] にやり顔
    [closed] 目を閉じてにっこり
    [shy] 照れ顔
    [angry] 怒り顔
    [surprised] びっくり顔
   *[other] { $word }
}
look-accessory = { $value ->
    [none] 髪飾りなし
    [flower] 花飾り
   *[other] { $word }
}
look-glasses = { $value ->
    [none] メガネなし
    [round] 丸メガネ
    [square] 四角いメガネ
    [shades] サングラス
    [monocle] 片眼鏡
   *[other] { $word }のメガネ
}
look-ears = { $value ->
    [human] 人間の耳
   *[other] { $word }耳
}
look-second-eye = { $value ->
    [same] 左右同じ色の瞳
   *[other] 片目だけ{ $word }
}
look-pupils = { $value ->
    [slit] 縦長の瞳孔
    [star] 星形の瞳孔
    [ring] リング形の瞳孔
    [round] 丸い瞳孔
   *[other] { $word }の瞳孔
}
look-mark = { $value ->
    [none] 顔のワンポイントなし
    [plaster] 頬に絆創膏
    [heart] 頬にハート
   *[other] { $word }
}
look-eyes = { $value ->
    [blue] 青い瞳
    [red] 赤い瞳
    [gold] 金色の瞳
   *[other] { $word }の瞳
}
look-clothes = { $value ->
    [gothic] ゴシックドレス
    [fur] ファー襟のコート
   *[other] { $word }
}
look-dye = { $value ->
    [none] 部分染めなし
    [tips] 毛先カラー
    [streak] メッシュ入り
   *[other] { $word }
}
look-earrings = { $value ->
    [none] ピアスなし
    [stud] スタッドピアス
    [drop] ドロップピアス
    [hoop] フープピアス
   *[other] { $word }
}
look-bangs = { $value ->
    [hime] 姫カット
    [one-eye] 片目隠れ
    [curtain] カーテンバング
   *[other] { $word }前髪
}
look-eye-shape = { $value ->
    [round] 丸い目
    [almond] アーモンド形の目
    [sleepy] 眠そうな目
   *[other] { $word }
}
look-skin = { $value ->
    [tan] 小麦色の肌
    [brown] 褐色の肌
    [deep] 濃い褐色の肌
    [warm] 健康的な肌
   *[other] { $word }
}
look-face = { $value ->
    [oval] 卵型の顔
    [square] 四角い顔
    [heart] ハート型の顔
    [mature] 大人っぽい顔
    [angular] シャープな輪郭
   *[other] { $word }
}
look-style = { $value ->
   *[other] { $word }な雰囲気
}
look-background = { $value ->
    [circle] 丸い輪を背景に
    [sky] 空を背景に
    [blossom] 桜を背景に
    [leaves] 木の葉を背景に
    [city] 街を背景に
    [stars] 星空を背景に
    [window] 窓辺
    [books] 本棚を背景に
   *[other] { $word }の背景
}
look-time = { $value ->
   *[other] { $word }
}
look-shading = { $value ->
    [cel] アニメ塗り
    [soft] やわらかな塗り
    [pastel] パステル調
   *[other] { $word }調
}
alt-look = { $look }。

## 顔をどちらへ動かしたか。左右は見る人から見た左右

moved-turn = { $end ->
    [less] 顔が左向き
   *[more] 顔が右向き
}
moved-nod = { $end ->
    [less] 上を向いている
   *[more] うつむいている
}
moved-tilt = { $end ->
    [less] 首を左にかしげている
   *[more] 首を右にかしげている
}
moved-gaze = { $end ->
    [less] 目線が左
   *[more] 目線が右
}
moved-mouth-curve = { $end ->
    [less] 口角が下がっている
   *[more] 口角が上がっている
}
moved-eye-opening = { $end ->
    [less] 目を細めている
   *[more] 目をぱっちり開けている
}
moved-eye-size = { $end ->
    [less] 目が小さめ
   *[more] 目が大きめ
}
moved-brow = { $end ->
    [less] 困り眉
   *[more] きりっとした眉
}
moved-blush = { $end ->
    [less] 頬の赤みが薄め
   *[more] 頬が赤め
}
moved-back-length = { $end ->
    [less] 髪が短め
   *[more] 髪が長め
}
moved-wind = { $end ->
    [less] 髪が左になびいている
   *[more] 髪が右になびいている
}
moved-light-side = { $end ->
    [less] 左から光が当たっている
   *[more] 右から光が当たっている
}

## 代替テキスト：画像が見えない人のために

alt-waifu = シード{ $seed }のアニメの顔。モデル{ $model }が描きました。
alt-like = 左はアップロードされた画像、右はモデル{ $model }が描ける中でいちばん似たアニメの顔。
alt-waifu-stored = { $seed }として保存されたアニメの顔。モデル{ $model }が描きました。
alt-grid = シード{ $seed }から始まるアニメの顔{ $count }枚のグリッド。モデル{ $model }が描きました。
alt-grid-psis = シード{ $seed }から始まる同じアニメの顔{ $count }枚をワイルド度 { $psis }で横に並べたもの。モデル{ $model }が描きました。
alt-grid-named = アニメの顔{ $count }枚のグリッド：{ $seeds }。モデル{ $model }が描きました。
alt-grid-named-psis = 同じアニメの顔{ $count }枚をワイルド度 { $psis }で横に並べたもの：{ $seeds }。モデル{ $model }が描きました。
alt-morph = 次々に別の顔へ変わっていくアニメの顔、シード{ $seeds }。モデル{ $model }が描きました。
alt-morph-self = 少しずつ変化する、シード{ $seed }のアニメの顔。モデル{ $model }が描きました。
alt-mix = 形がシード{ $coarse }、色がシード{ $fine }のアニメの顔。モデル{ $model }が描きました。
alt-mix-layers = レイヤー{ $layers }がシード{ $coarse }、残りがシード{ $fine }のアニメの顔。モデル{ $model }が描きました。
alt-mix-table = アニメの顔の表。左のシード{ $coarse }が形を、上のシード{ $fine }が色を決めます。モデル{ $model }が描きました。
alt-mix-table-layers = アニメの顔の表。左のシード{ $coarse }がレイヤー{ $layers }を、上のシード{ $fine }が残りのレイヤーを決めます。モデル{ $model }が描きました。
alt-vary = シード{ $seed }のアニメの顔が9枚、細部だけがランダムに違います。モデル{ $model }が描きました。
alt-vary-moving = 細部がランダムに変わり続ける、シード{ $seed }のアニメの顔。モデル{ $model }が描きました。
alt-vary-z = シード{ $seed }のアニメの顔と、そっくりな8枚。モデル{ $model }が描きました。
alt-vary-z-moving = そっくりな顔へ次々に変わる、シード{ $seed }のアニメの顔。モデル{ $model }が描きました。
alt-psi = シード{ $seed }のアニメの顔を、ワイルド度 { $first }から{ $last }まで横に並べたもの。平均顔からワイルドな顔へ変わります。モデル{ $model }が描きました。
alt-edit = シード{ $seed }のアニメの顔、{ $change }（強さ{ $amount }）。モデル{ $model }が描きました。
alt-edit-away = シード{ $seed }のアニメの顔を、{ $direction }と逆の方向へ変えたもの（強さ{ $amount }）。モデル{ $model }が描きました。
alt-edit-strip = シード{ $seed }のアニメの顔を、{ $direction }の方向へ、{ $least }から{ $most }まで変えて横に並べたもの。モデル{ $model }が描きました。
alt-edit-moving = シード{ $seed }のアニメの顔が、{ $direction }の方向へ、{ $least }から{ $most }まで行って戻ります。モデル{ $model }が描きました。
alt-edit-chart = シード{ $seed }のアニメの顔の一覧表。{ $direction }がそれぞれ1行で、{ $least }から{ $most }まで変わります。モデル{ $model }が描きました。

## ボタン

again = もう1枚
wilder = もっとワイルド
calmer = もっとおだやか
delete = 削除
back = 前に戻す
post = みんなに見せる

## 画像の下：ボタン、メニュー、そこから開くダイアログ

recipe = レシピ
draw = これを描く
more = ほかにも…
more-vary = バリエーション
about-vary = 同じ顔を、少しずつ変えて
more-psi = 平均からワイルドへ
about-psi = 同じ顔のまま、ワイルド度を上げて
more-mix = ミックス…
about-mix = ポーズと髪の形はこの顔、色は別の顔
more-morph = モーフ…
about-morph = 別の顔に変わっていくアニメーション
more-edit = 編集…
about-edit = 好きなところを変える：髪、メガネ、向きなど
more-change = 言葉で変える…
about-change = 例：青い髪、メガネなし、顔の向き: 2
more-story = 物語
about-story = この顔は誰か、どんな物語が始まるか
more-keep = コレクションに入れる
about-keep = この顔をあなたのコレクションに入れます
more-first = 1つ目の顔
about-first = ポーズと髪の形のもとになった顔
more-second = 2つ目の顔
about-second = 色のもとになった顔
more-before = 変える前の顔
about-before = この変更を加えていない顔
pick = 顔を選ぶ…
pick-at = 顔を選ぶ：{ $group }…
group-at-psi = ワイルド度 { $psi }
group-originals = 元の顔
group-mixed = ミックスした顔
group-along = { $direction }
group-in-frame = フレーム{ $frame }
face-in-grid = シード{ $seed } · { $row }行目{ $column }列目
face-in-grids = シード{ $seed } · ワイルド度 { $psi } · { $row }行目{ $column }列目
face-at-psi = ワイルド度 { $psi }
face-of-seed = シード{ $seed } · フレーム{ $frame }
face-mixed = { $row }行目{ $column }列目 · 形 { $coarse }、色 { $fine }
face-of-seed-at = シード{ $seed } · フレーム{ $frame } · { $row }行目{ $column }列目
face-in-frame = フレーム{ $frame }
face-between-at = フレーム{ $frame } · { $row }行目{ $column }列目
face-above = シード{ $seed } · { $column }列目の上
face-beside = シード{ $seed } · { $row }行目の左
face-itself = 元の顔 · { $row }行目{ $column }列目
face-relative = 似た顔{ $number } · { $row }行目{ $column }列目
face-details = 細部違い{ $number } · { $row }行目{ $column }列目
face-moved = { $direction } { $amount }
frame-first = 最初のフレーム
frame-last = 最後のフレーム
moment = 別の瞬間…
moment-about = フレームの番号か、アニメーションの進み具合で選ぶ
moment-frame = どの瞬間か
moment-frame-about = 1から{ $high }までのフレーム、または50%のような進み具合
moment-face = その中のどの顔か
moment-face-about = 1から{ $high }まで、左上から順に
other-face = 別の顔（いくつでも）
other-face-mix = 数字か言葉。カンマで区切ると表になります。色はこの顔のものになります。
other-face-morph = 数字か言葉。カンマで区切ると、順番に変わっていきます。
other-face-example = 20, 30, レイ
factors = その他
worded = ポーズ・目・光など
change = 変えるところ
change-about = カンマで区切っていくつでも。下から選んでもかまいません。
change-example = 髪色: 青, メガネなし, 顔の向き: 2
change-example-plain = d1: 0.75, d3: -1
change-choices = いくつでも選べます。ここにないものは上に書けます。
reopen = 書き直す

## 顔づくり：1つの顔を少しずつ変えるパネル

maker-another = 別の顔
maker-left = 左を向く
maker-right = 右を向く
maker-undo = 元に戻す
maker-redo = やり直す
maker-post = みんなに見せる
maker-aspects = 変えるところ…
maker-values = { $aspect }…
maker-unmoved = そのまま
maker-end = { $end }（{ $amount }）
# 1つのメニューに入りきらないとき。
maker-pages = ほかを見る…
maker-page-aspects = 変えるところ：{ $count }個のうち{ $first }〜{ $last }番目
maker-page-values = 選べるもの：{ $count }個のうち{ $first }〜{ $last }番目

## レシピをやさしい言葉で

recipe-of-this = 📜 この画像のレシピ：
means = - `{ $word }`：{ $meaning }
means-waifu = 顔を1つ
means-grid = たくさんの顔を1枚の画像に
means-morph = 次々に変わっていく顔
means-mix = 2つの顔をミックスした顔、またはその表
means-vary = 1つの顔のバリエーション
means-psi-row = 1つの顔を、平均からワイルドまで横並びに
means-edit = ある方向へ変えた顔
means-like = モデルが描ける中で、ある画像にいちばん似た顔
means-picture = その画像（指紋で表したもの）。画像そのものは保存されません
means-seed = シード。この数字から顔が生まれます。同じシードはいつも同じ顔です
means-side = 1辺に並ぶ顔の数
means-seeds-in-turn = 顔のシード、この順番で。同じシードはいつも同じ顔です
means-seeds-mixed = シード。最初のものがポーズと髪の形を決めます
means-model = 描くモデル
means-psi = ワイルド度。平均顔からの離れ具合で、0は平均、0.7はきれい、1を超えるとワイルド
means-cutoff = ワイルド度が効くのは最初の何レイヤーか。残りはワイルド度1として描かれます
means-noise = ごく細かい部分をどこから取るか
means-rotate = 絵を反時計回りに何度回すか
means-shift = 絵を右と下へどれだけずらすか（絵の幅を1として）
means-first-seed = 最初の顔のシード。残りはそこから連番です
means-frames = アニメーションのフレーム数
means-fps = 1秒に何フレーム見せるか
means-ease = それぞれの区間での速さの変わり方
means-space = 顔から顔への道のりが通る空間
means-loop = 最後に最初の顔へ戻るかどうか
means-size = 1辺に何枚の顔を並べて、同時にモーフするか
means-format = ファイルの形式
means-trait = この顔の特徴
means-last-trait = 最後の顔の特徴
means-faces = 並べる顔、この順番で
means-fine = 色を決めるシード
means-layers-mixed = 最初のシードから取るレイヤー。0がいちばん大まか
means-layers-varied = どこが違うか：大きめの細部、ごく細かい部分、またはすべて
means-layers-moved = 変わるレイヤー。0がいちばん大まか
means-by = 違いの作り方：ノイズか、近くのシードか
means-first = 見せる似た顔や細部のうち、最初のものの番号
means-from = 最初の顔のワイルド度
means-to = 最後の顔のワイルド度
means-steps = 顔の数
means-direction = 変わるもの
means-amount = 変わる強さ。0より小さいと逆の方向
form-near = ある顔によく似た顔。何番目かを番号で選びます
form-noise = 顔はそのままで、細部だけがランダムに違う顔
form-mix = ある顔の一部のレイヤーに、別の顔の残りのレイヤーを合わせた顔
form-move = いくつかの方向へ、それぞれの強さで変えた顔
form-move-to = 変えた顔：{ $moves }
form-between = ある顔から別の顔へ変わる途中の顔
form-own = その顔だけの特徴やワイルド度を持つシード
form-vector = 保存された顔を、指紋で表したもの。顔のデータは画像の中にすべて入っています
from-the-shell = コマンドラインでもう一度作るには：
from-the-shell-saved = コマンドラインでもう一度作るには、画像をFILEとして保存してから：

## /物語

story-likes = 好きなもの
story-dislikes = 苦手なもの
story-plot = 物語

## 入力中の候補

layers-coarse = 形：ポーズ、顔と髪の輪郭（{ $layers }）
layers-middle = 中間：目鼻立ち、目、主な色（{ $layers }）
layers-most = ほぼ全部。もう一方の顔は色味だけ（{ $layers }）
part-all = 細部すべて
part-coarse = 大きめの細部
part-fine = ごく細かい部分
part-same = { $part }（このモデルではすべてと同じ）
chart = { $directions }で何が変わるかを見る
factor = { $name }（どのモデルにもあり、何が変わるかは一覧表で見られます）

## /waifubot queue と /waifubot cancel

queue = 順番待ち{ $waiting }件、作画中{ $running }件。
queue-yours-waiting = あなたの分は{ $place }です{ $eta }：`{ $line }`
queue-yours-running = あなたの分を描いています：`{ $line }`
cancelled-none = 順番待ちの画像はありません。
cancelled = { $count }件の画像をキャンセルしました：
stream-stopped = スライドショーを止めました。

## /waifubot status

worker-ready = 描画プログラムは準備できています（{ $device }、{ $models }）。これまでに{ $starts }回起動しました。
worker-starting = 描画プログラムを起動しています。これまでに{ $starts }回起動しました。
worker-down = 描画プログラムを起動できません。{ $starts }回試しました。
memory = メモリ：ボット{ $bot }、描画プログラム{ $worker }。
shards = シャード：{ $count }個中{ $connected }個が接続中。
shards-lost = シャード：{ $count }個中{ $connected }個が接続中。切断中：{ $lost }。
speed = 最近の速さは毎秒{ $faces }枚。稼働時間は{ $uptime }。
unknown = 不明
duration = { $days }日{ $hours }時間{ $minutes }分

## コマンドとオプションの名前と説明（英語はコードの中にある）

# 名前：1～32文字、空白と大文字なし。説明：100文字まで。

command-waifu = 嫁
    .description = アニメの顔を1枚描きます
command-grid = グリッド
    .description = たくさんのアニメの顔を1枚の画像に並べます
command-morph = モーフ
    .description = アニメの顔が別の顔に変わっていくアニメーションを作ります
command-mix = ミックス
    .description = ある顔に別の顔の色をつけます。まとめて表にもできます
command-vary = バリエーション
    .description = 同じ顔を9枚、細部を少しずつ変えて描きます
command-psi = ワイルド度
    .description = 1つの顔を、平均からワイルドまで並べて見せます
command-edit = 編集
    .description = 顔の好きなところを変えます：髪、目、笑顔など
command-make = 顔づくり
    .description = あなただけに見えるパネルで、顔を少しずつ作ります
command-like = 似た顔
    .description = あなたの画像にいちばん似た顔を探します。「{ post }」を押すまでは、あなただけに見えます
command-waifubot = waifubot
    .description = ヘルプ、設定、順番待ち、モデル、ボットの調子
command-waifubot-settings = 設定
    .description = 何も指定しなかったときの画像の作り方を、自分用やこのサーバー用に決めます
command-waifubot-queue = 順番待ち
    .description = 順番待ちの件数と、自分が何番目かを見ます
command-waifubot-cancel = キャンセル
    .description = まだできていない自分の画像と、スライドショーをすべてキャンセルします
command-waifubot-status = 状態
    .description = ボットの調子を見ます：順番待ち、描画プログラム、メモリ、速さ
command-waifubot-forget = 忘れる
    .description = あなたについてボットが覚えていることを、コレクションも含めてすべて消します
command-stream = スライドショー
    .description = 1つのメッセージで、数秒ごとに新しい顔を見せます
command-daily = 今日の顔
    .description = あなたの「今日の顔」を描き、何日続けて来たかを見ます
command-collection = コレクション
    .description = 自分やほかの人のコレクションを見ます。返事はあなたにだけ見えます
option-person = 誰
    .description = 誰のコレクションか。省略すると自分のもの
menu-show-collection = コレクションを見る
command-story = 物語
    .description = 顔を紹介します：名前、好きなもの、物語の始まり
command-waifubot-help = ヘルプ
    .description = このボットにできることを、画像つきで紹介します
command-waifubot-model = モデル
    .description = 使えるモデルを見て、自分の画像を描くモデルを選びます
command-waifubot-model-list = 一覧
    .description = 使えるモデルを見て、メニューから自分のモデルを選びます
command-waifubot-model-info = 詳細
    .description = モデルがどんな画像を描き、どんな特徴を選べるかを見ます
command-waifubot-model-choose = 選択
    .description = 自分の画像を描くモデルを選びます。どのサーバーでも有効です
command-waifubot-model-server = サーバー
    .description = このサーバーで、モデルを選んでいない人のために描くモデルを選びます（「サーバー管理」の権限が必要）
command-recipe = レシピ
    .description = 画像がどう作られたか、もう一度作るにはどうするかを見ます
option-picture = 画像
    .description = このボットが作った画像かアニメーション：PNG、GIF、WebP、MP4
    .like = 顔の入った画像（絵でも写真でも）：PNG、JPEG、WebP、GIF、25 MBまで。画像は保存されません
menu-show-recipe = レシピを見る
menu-use-as-start = これをもとに描く
menu-morph-with = 別の顔へモーフ
menu-find-a-face-like-it = これに似た顔を探す

option-seed = シード
    .description = 数字か言葉。同じシードはいつも同じ顔です。省略するとおまかせ
    .grid = 最初の顔のシード、数字か言葉。残りはそこから連番です
    .vary = どの顔か、数字か言葉
    .psi = どの顔か、数字か言葉
    .edit = どの顔か、数字か言葉
option-face = 顔
    .description = 数字か言葉、または画像のレシピの行。省略するとここでの最後の顔、なければ新しい顔
    .make = 数字か言葉、または画像のレシピの行。省略すると、前回作っていた顔から
option-wildness = ワイルド度
    .description = 平均顔からの離れ具合：0は平均、0.7はふつう、1を超えるとワイルド（-2から2）
    .grid = 平均顔からの離れ具合：0.7はきれい、1を超えるとワイルド。0.3, 0.7, 1.3 のように並べると比べられます
option-private = 非公開
    .description = 画像はあなただけに見えます。あとで「{ post }」を押すと、みんなに見えます
    .waifubot-settings = 画像を頼んだ人だけに見せます。「{ post }」を押すとみんなに見えます
option-traits = 特徴
    .description = 例：髪色: ピンク, メガネ: 丸
    .morph = すべての顔の特徴、例：髪色: 黒
option-to-traits = 最後の特徴
    .description = 最後の顔までに変わる特徴、例：髪色: ピンク。開始と終了は同じ顔でもかまいません
option-coarse = 形
    .description = ポーズと形を決めるシードか言葉。10, 11, 12 のように5つまで並べると表になります
option-fine = 色
    .description = 色と細部を決めるシードか言葉。カンマで区切って5つまで
option-layers = レイヤー
    .mix = 最初の顔から取るレイヤー、例：0-3（省略すると約半分）
    .vary = どの細部を変えるか：大きめ、細かめ、すべて
option-change = 変更
    .description = 変えるところ、例：髪色: 青, メガネなし, 顔の向き: 2
option-direction = 方向
    .description = 動かす方向、d1からd10。変更も省略すると、d1からd5で何が変わるかの一覧表を描きます
option-amount = 強さ
    .description = その方向への強さ、0より小さいと逆（-3から3）
option-steps = 顔の数
    .description = 並べる顔の数、2から12（省略すると7）
option-model = モデル
    .description = どのモデルで描くか
    .waifubot-model-info = どのモデルか。省略すると、今あなたの画像を描いているモデル
    .waifubot-model-choose = あなたの画像を描くモデル。省略すると、選んだモデルを取り消します
    .waifubot-model-server = どのモデルか。省略すると、このサーバーの選択を取り消します
option-whose = 誰の
    .description = 自分の設定か、このサーバーの設定か（「サーバー管理」の権限が必要）
option-per-minute = 毎分の枚数
    .description = このサーバーで、1人が1分に頼める画像の枚数
option-language = 言語
    .description = 返事の言語。Discordと違う言語にしたいときに
option-reset = リセット
    .description = 設定の1つ、またはすべてを忘れます
option-minutes = 分
    .description = 何分続けるか、1から12（省略すると5）
option-size = サイズ
    .grid = 1辺に並べる顔の数、1から5（省略すると3）
    .stream = 1辺に並べる顔の数、1から5（省略すると1）
    .morph = 1辺に並べて同時にモーフする顔の数、1から3
    .waifubot-settings = グリッドの1辺に並べる顔の数、1から5
option-from = 開始
    .morph = 最初の顔のシード、数字か言葉
    .psi = 最初のワイルド度：0は平均顔（省略すると0、-2から2）
option-to = 終了
    .morph = 2つ目の顔のシード、数字か言葉
    .psi = 最後のワイルド度：0.7はきれい、1を超えるとワイルド（省略すると1.5、-2から2）
option-more = 続き
    .description = さらに続く顔を22個まで、シードか言葉で、例：30, 40, アスカ
option-frames = フレーム数
    .description = フレームの数、2から240、mp4なら3600まで（省略すると60）
option-seconds = 秒数
    .description = フレーム数の代わりに、長さを秒で
option-fps = フレームレート
    .description = 1秒あたりのフレーム数、1から50（省略すると20）
option-ease = 緩急
    .description = それぞれの区間での速さの変わり方
option-space = 空間
    .description = 道のりが通る空間：wがいちばんきれい、zはまっすぐ、球面は弧を描きます
option-loop = ループ
    .description = 最初の顔に戻って終わり、ずっと繰り返せるようにします
option-format = 形式
    .morph = gif、mp4、webp、または横並び（静止画を並べます）
    .vary = png（9枚を並べます）、または動くgif、mp4、webp
    .edit = png（変えた顔）、横並び（少しずつ）、またはgif、mp4、webp（行って戻る）
    .waifubot-settings = アニメーションの形式

choice-mine = 自分
choice-server = このサーバー
choice-wildness = ワイルド度
choice-format = 形式
choice-fps = フレームレート
choice-size = サイズ
choice-private = 非公開
choice-per-minute = 毎分の枚数
choice-language = 言語
choice-model = モデル
choice-everything = すべて
choice-sine = なめらか
choice-linear = 一定
choice-cubic = メリハリ
choice-w = w
choice-z = z
choice-sphere = 球面
choice-png = png
choice-gif = gif
choice-mp4 = mp4
choice-webp = webp
choice-strip = 横並び

## /waifubot 設定

# この言語を話す人による、言語の呼び名。
language-name = 日本語
settings-saved = ✅ 保存しました。
settings-yours = **あなたの設定**：ほかに何も指定しなければ、これが使われます。
settings-servers = **このサーバーの設定**：自分で選んでいない人には、これが使われます。
setting = - { $name }：**{ $value }** · { $origin }
setting-wildness = ワイルド度
setting-format = アニメーションの形式
setting-fps = 1秒あたりのフレーム数
setting-size = グリッドの1辺の顔の数
setting-private = 画像を頼んだ人だけに見せる
setting-per-minute = 1人が1分に頼める枚数
setting-language = 返事の言語
setting-model = モデル
setting-by-you = あなたの選択
setting-by-server = このサーバーの選択
setting-by-default = 未選択
setting-yes = はい
setting-no = いいえ
setting-any = 無制限
setting-as-in-discord = Discordと同じ

## /waifubot model

model-head = **ここで使えるモデル**
model-default = ボットの標準モデル
model-of-server = このサーバーの選択
model-of-you = あなたの選択
model-about = { $side }ピクセル、特徴：{ $traits }
model-plain = { $side }ピクセル、特徴なし
model-menu = 自分用のモデルを選ぶ…
model-no-choice = 自分では選ばない
model-gone = あなたが選んだモデル**{ $model }**はもうここにないので、代わりに別のモデルが描きます。使えるモデルは`/{ command-waifubot } { command-waifubot-model } { command-waifubot-model-list }`で見られます。
model-yours = これからは、ほかを指定しないかぎり**{ $model }**があなたの画像を描きます。
model-not-yours = あなたの選択を取り消しました。ここでは**{ $model }**が描きます。
model-never-yours = まだモデルを選んでいません。ここでは**{ $model }**が描きます。
model-never-servers = このサーバーはまだモデルを選んでいません。**{ $model }**が描きます。
model-servers = これからこのサーバーでは、自分でモデルを選んでいない人の画像を**{ $model }**が描きます。
model-not-servers = このサーバーの選択を取り消しました。**{ $model }**が描きます。
model-not-kept = -# 今から使われますが、記憶できていません。今はディスクに書き込めないので、再起動すると忘れるかもしれません。
model-info = **{ $model }**は{ $width } × { $height }ピクセルの顔を描きます。指紋は`{ $digest }`です。
model-numbers = 数字
model-no-traits = 特徴は選べません。使えるのはシードとワイルド度だけです。
model-is-default = ボットの標準モデルです。
model-title = ファイルの名前は{ $title }です。
model-aliases = レシピでは{ $names }とも書けます。

## /stream

stream-on = 数秒ごとに新しい顔が出ます。「停止」を押すと、今の顔が残ります。
stream-waiting = 🕐 ほかに画像を待っている人がいなくなったら、すぐに始まります。
stop = 停止

## /collection

kept = 🗂️ コレクションに入れました。この顔は**{ $number }**番です。
collection-yours = 🗂️ **あなたのコレクション**：{ $count }枚
collection-theirs = 🗂️ **<@{ $person }>さんのコレクション**：{ $count }枚
collection-page = { $page }/{ $pages }ページ
collection-empty-yours = まだ何も入っていません。どの顔でも、下のメニューから**コレクションに入れる**を選ぶと、ここに入ります。
collection-empty = まだ何も入っていません。
collection-is-hidden = -# 🔒 ほかの人には見えません。
collection-is-shown = -# 👁️ ほかの人も見られます。
collection-problem = ⚠️ { $problem }
alt-collection = 番号つきのアニメの顔の一覧：{ $faces }
collection-pick = 顔を選んで続きを描く…
collection-change = 名前をつける、贈る、外す…
collection-earlier = 前のページ
collection-later = 次のページ
collection-export = 書き出す
collection-hide = ほかの人に見せない
collection-show = ほかの人にも見せる
collection-chosen = この顔をどうしますか？
collection-give = 贈る相手を選ぶ…
collection-name = 名前をつける…
collection-remove = 外す
collection-back = コレクションに戻る
collection-open = 自分のコレクション
collection-removed =
    コレクションから外しました。この行があれば、同じ顔をまた描けます：
    `{ $line }`
collection-named = この顔に新しい名前がつきました。
collection-unnamed = この顔の名前を消しました。
collection-exported = テキストファイルにはコレクションのすべての行が、画像にはこのページが入っています。
name-title = この顔に名前をつける
name-label = 名前
name-about = 32文字まで。空にすると名前がなくなります。

## 贈り物：誰かが誰かに贈る顔

gift-offer = 🎁 <@{ $recipient }>さん、<@{ $giver }>さんがあなたのコレクションに顔を1つ贈りたいそうです：**{ $what }**。受け取りの期限：{ $when }
gift-waiting = 🎁 <@{ $giver }>さんが顔を1つ贈りたいそうです：**{ $what }**
gift-offered = 🎁 <@{ $recipient }>さんに贈りたいと伝えました。相手は7日以内に、ここか自分のコレクションで受け取れます。それまで、この顔はあなたのもとにあります。
gift-accept = 受け取る
gift-decline = 遠慮する
gift-accepted = 🎁 <@{ $recipient }>さんが、<@{ $giver }>さんの贈った顔を受け取りました：**{ $what }**
gift-declined = <@{ $recipient }>さんは顔を受け取りませんでした。<@{ $giver }>さんのもとに残ります。

## /daily

daily = { $days ->
    [1] ☀️ あなたの「今日の顔」、{ $date }
   *[other] ☀️ あなたの「今日の顔」、{ $date } · 🔥 { $days }日連続
}

## /waifubot forget

forget-what = **あなたについて覚えていることを、すべて消しますか？** 消えるのは、設定、コレクション、まだ受け取られていない贈り物（あなた宛てのものも、あなたからのものも）、連続日数、顔づくりと「{ back }」のために覚えていること、保存された顔（あなたの画像に似た顔として見つけたものと、レシピが長すぎたもの）です。
    投稿された画像はそのまま残ります。保存された顔を使うレシピは、もう描けなくなります。待っている画像はキャンセルされます。元には戻せません。
forget-all = すべて消す
forgotten = 消しました。あなたについて覚えていることは、もう何もありません。

## /waifubot help

help-head = **わたしに描けるもの。** まずは `/{ command-waifu }` からどうぞ。続きは画像の下のボタンで。
help-waifu = 顔を1つ。同じシード（数字か言葉）はいつも同じ顔です。
help-waifu-alt = アニメの顔。
help-grid = たくさんの顔を一度に。下のメニューから1つ選べます。
help-grid-alt = 正方形に並んだ9つのアニメの顔。
help-morph = 顔が別の顔に変わっていくアニメーション。
help-morph-alt = 別の顔に変わっていくアニメの顔。
help-mix = ポーズと髪はある顔、色は別の顔。
help-mix-alt = 表：上と左に元の顔、その中に2つずつミックスした顔。
help-vary = 同じ顔を、細部だけ変えてもう一度。
help-vary-alt = 少しずつ違う、同じアニメの顔がいくつか。
help-psi = 1つの顔を、平均からワイルドまで。
help-psi-alt = 平均からワイルドまで、1列に並んだ同じアニメの顔。
help-edit = 顔の好きなところを変える：髪、目、メガネなど。
help-edit-alt = 髪が変わっていくアニメの顔。
help-make = 髪、目、服と、顔を少しずつ作る。「{ maker-post }」を押すまでは、あなただけに見えます。
help-make-alt = 髪がピンクになり、メガネをかけ、猫耳をつけるアニメの顔。
help-like = 画像を見せると、いちばん似た顔を探します。「{ post }」を押すまでは、あなただけに見えます。
help-like-alt = スケッチと、その隣にある、よく似たアニメの顔。
help-stream = 数秒ごとに新しい顔を、数分間。
help-stream-alt = 次々に現れるアニメの顔。
help-story = 顔の紹介：名前、好きなもの、物語の始まり。
help-story-alt = アニメの顔と、その下にある紹介のカード。
help-daily = あなたの「今日の顔」と、何日続けて来たか。
help-daily-alt = アニメの顔。
help-collection = あなたが集めた顔。どの顔でも、下のメニューに**コレクションに入れる**があります。
help-collection-alt = 番号のついた4つのアニメの顔。
help-recipe = 画像がどう作られたか。画像をアップロードするか、メッセージを右クリック（スマホでは長押し）して「アプリ」から。
help-recipe-alt = アニメの顔と、それを作ったレシピの行。
help-model = どのモデルを使えるか、どれが自分の画像を描くか。
help-model-alt = 重なった何枚かのアニメの顔。
help-settings = 何も指定しなかったときの画像の作り方と、返事の言語。
help-queue = 順番待ちの件数と、自分が何番目か。
help-cancel = まだ待っている画像をキャンセルする。
help-status = ボットの調子。
help-forget = あなたについて覚えていることを、すべて消す。
help-tail =
    -# **シード**：数字か言葉。**ワイルド度**：平均顔からの離れ具合。0.7はきれい、1を超えるとワイルド。**特徴**：顔につけたいもの、例：髪色: ピンク。
    -# 画像の上の小さな行がレシピです。この行か画像があれば、誰でももう一度作れます。

## エラー（英語は generator/contract/errors.py と bot/errors.py にある）

error-too-fast = 1分間に頼めるのは{ $limit }枚までです。次の1枚は{ $seconds }秒後に頼めます。
error-no-step-back = 前に戻せるのは1日以内です。このメッセージの前の画像は、もう残っていません。
error-no-recipe-here = このメッセージにはレシピがありません。ここで作られた画像のあるメッセージを選んでください。
error-many-faces = この画像には顔がいくつもあります。まず下のメニューから1つ選んでください。
error-one-direction = メニューから方向を1つだけ選んでください。
error-no-such-moment = 「{ $value }」という瞬間はこのアニメーションにありません。1から{ $high }までのフレームか、50%のような進み具合を書いてください。
error-dialog-gone = この入力画面は古くなり、元の画像が分からなくなりました。画像からもう一度開いてください。
error-nothing-to-change = 変えるところを書いてください。例：髪色: 青, メガネなし, 顔の向き: 2。
error-changed-twice = 「{ $name }」が2回あります。どちらか1つにしてください。
error-no-seed-to-change = この顔はシードなしで保存されているので、特徴は変えられません。d1: 0.75 のように方向を変えてください。
error-equal-frames = これでは全部のフレームが同じになります。別のシードか特徴を選び、ワイルド度と強さは0以外にしてください。
error-file-too-large = { $file }は{ $limit }を超えています。ここで作られた画像はもっと小さいはずです。
error-files-unread = { $count }個のファイルのうち最初の{ $limit }個だけを読みましたが、レシピはありませんでした。目当てのファイルを /{ command-recipe } に渡してください。
error-not-allowed = Discordはここでのボットの返信を許していません。モデレーターが「チャンネルを見る」「メッセージを送信」「ファイルを添付」の権限を与えると、返信できます。
error-thread-closed = このスレッドはアーカイブかロックされているので、ボットは返信できません。もう一度開くか、別の場所でお試しください。
error-filtered = このサーバー（AutoMod）かDiscordのフィルターが返信を止めました。別の場所でお試しください。
error-not-accepted = Discordがここでの返信を受け付けませんでした（エラー{ $number }）。もう一度試すか、別の場所でお試しください。
error-file-unreachable = { $file }をDiscordから時間内に取得できませんでした。保存してから /{ command-recipe } に渡してください。
error-no-picture-here = このメッセージには画像がありません。画像のあるメッセージを選ぶか、画像を /{ command-like } に渡してください。
error-picture-unreachable = この画像をDiscordから取得できませんでした。もう一度アップロードして、/{ command-like } に渡してください。
error-upload-forgotten = 顔が見つかる前にボットが再起動しました。見せてもらった画像は保存しないので、お手数ですが、少し待ってからもう一度見せてください。
error-already-streaming = あなたのスライドショーがすでに動いています。「停止」ボタンか /{ command-waifubot } { command-waifubot-cancel } で止めてから始めてください。
error-streams-full = このサーバーではすでに{ $limit }件のスライドショーが動いています。どれかが終わってからもう一度お試しください。
error-all-streams-full = ボットは全サーバー合わせてすでに{ $limit }件のスライドショーを動かしています。どれかが終わってからもう一度お試しください。
error-streams-off = スライドショーはボットの管理者がオフにしています。/{ command-waifu } なら1枚ずつ描けます。
error-never-began = 絵師さんがずっとほかの画像で手いっぱいで、スライドショーを始められませんでした。あとでもう一度お試しください。
error-interrupted = お返事する前にボットが再起動しました。お手数ですが、もう一度お試しください。
error-not-your-stream = このスライドショーを止められるのは、始めた人かモデレーターだけです。
error-servers-only = ここはサーバーではありません。/{ command-waifubot } { command-waifubot-settings } で自分用に選べます。
error-not-your-server = このサーバーの設定を変えられるのは「サーバー管理」の権限がある人だけです。/{ command-waifubot } { command-waifubot-settings } で自分用に選べます。
error-not-for-servers = { $name }は一人ひとりが選ぶものです。「{ option-whose }」は指定しないでください。
error-not-for-people = { $name }を決められるのはサーバーだけです。「{ option-whose }」で「{ choice-server }」を選んでください。
error-state-away = ボットは今、記録を読み書きできないため、何も変更していません。1分ほどしてからもう一度お試しください。
error-collection-full = コレクションがいっぱいです（{ $limit }枚）。/{ command-collection } で1枚外してから、もう一度お試しください。
error-their-collection-full = 相手のコレクションがいっぱいで、受け取れません。この顔はあなたのもとに残ります。
error-already-kept = この顔はもうコレクションに入っています（{ $number }番）。
error-not-kept = この顔はもうコレクションにありません。何が入っているかは /{ command-collection } で見られます。
error-collection-hidden = この人のコレクションは公開されていません。
error-not-your-collection = コレクションを変えられるのは本人だけです。自分のものは /{ command-collection } で見られます。
error-gift-gone = この贈り物はもうありません。受け取られたか、取り消されたか、7日が過ぎました。
error-not-your-gift = この贈り物はほかの人宛てです。
error-gift-to-bot = ボットは顔を集められません。人を選んでください。
error-gift-to-yourself = この顔はもうあなたのものです。ほかの人を選んでください。
error-only-yourself = このボタンを使えるのは、頼んだ本人だけです。ボットがあなたについて覚えていることを消せるのは、あなただけです。

error-empty-recipe = レシピが空です。何を作るか書いてください。例：waifu 123 psi=0.7。
error-unknown-kind = 「{ $kind }」という種類の画像はありません。選べるもの：{ $known }。
error-unknown-option = 「{ $kind }」に「{ $name }」というオプションはありません。使えるオプション：{ $known }。
error-repeated-option = オプション「{ $name }」が2回あります。1つだけにしてください。
error-bad-value = { $name }に「{ $value }」は使えません。使えるのは{ $expected }です。
error-line-too-long = レシピは{ $limit }文字までですが、これは{ $length }文字あります。どこかを削ってください。
error-bad-face = 「{ $value }」は顔として読めません。たとえばこう書いてください：{ $example }。
error-out-of-range = { $name }は{ $low }から{ $high }までです。{ $value }にはできません。
error-too-many-values = 「{ $name }」に書ける値は{ $limit }個までです（{ $given }個ありました）。
error-too-many-seeds = 「{ $name }」に書けるシードは{ $limit }個までです（{ $given }個ありました）。
error-wrong-strip-length = 横並びにできるのは{ $low }から{ $high }フレームまでです。{ $value }フレームにはできません。
error-wrong-seconds = { $seconds }秒で毎秒{ $fps }フレームだと{ $value }フレームになります。この速さなら{ $shortest }秒から{ $longest }秒までです。
error-morph-too-short = { $seeds }個のシードを通るモーフには{ $low }フレーム以上が必要ですが、{ $value }フレームしかありません。
error-no-such-layers = このモデルのレイヤーは0から{ $high }までです。{ $value }はありません。
error-no-such-face = この画像にあるのは{ $low }番から{ $high }番までの顔です。{ $value }番はありません。
error-not-a-choice = { $name }を「{ $value }」にはできません。選べるもの：{ $choices }。
error-bad-seed = シードは0から4294967295までの整数か言葉です。「{ $value }」は使えません。
error-seed-too-long = シードは{ $limit }文字までですが、これは{ $length }文字あります。もっと短い言葉にしてください。
error-wrong-seed-count = 「{ $kind }」に必要なのは{ $expected }ですが、{ $given }個でした。例：{ $example }。
error-conflict = { $first }と{ $second }は、どちらか1つだけにしてください。
error-missing-option = 「{ $kind }」にはオプション{ $name }が必要です。例：{ $example }。
error-not-in-space = 顔{ $face }にはzがないので、空間{ $space }を通ってその顔へは行けません。空間の指定を外してください。
error-vector-missing = 顔@{ $digest }は、もうここにはありません。その顔が描かれた画像を /{ command-recipe } に渡すと、また使えるようになります。
error-vector-misfit = 顔@{ $digest }はモデル{ $model }で作られたものではありません。数が{ $rows } × { $columns }個ありますが、このモデルに必要なのは{ $layers } × { $size }個です。その顔を作ったモデルにしてください。
error-vector-damaged = 顔@{ $digest }のデータは壊れています。その顔が描かれた、壊れていない別の画像を /{ command-recipe } に渡してください。
error-too-many-vectors = 1枚の画像に使える保存された顔は{ $limit }個までですが、これでは{ $given }個になります。いくつか減らしてください。
error-too-many-pixels = 顔{ $faces }枚だと全部で{ DIVIDE($megapixels, 100) }億ピクセルになり、一度に描ける{ DIVIDE($limit, 100) }億ピクセルを超えます。{ $fitting }枚までなら描けます。
error-too-many-frames-of-faces = 1フレームに顔{ $faces }枚で{ $frames }フレームだと、全部で{ DIVIDE($megapixels, 100) }億ピクセルになり、一度に描ける{ DIVIDE($limit, 100) }億ピクセルを超えます。{ $fitting }フレームまでなら描けます。
error-too-many-faces = 1フレームに顔{ $faces }枚で{ $frames }フレームだと、全部で{ $total }枚の顔になり、1つのアニメーションに描ける{ $limit }枚を超えます。{ $fitting }フレームまでなら描けます。
error-too-many-for-format = { $format }は{ $high }フレームまでなので、{ $value }フレームにはできません。mp4なら{ $most }フレームまで作れます。
error-takes-too-long = モデル{ $model }で{ $frames }フレームを描くと{ $minutes }分ほどかかり、1つのアニメーションにかけられる{ $limit }分を超えます。{ $fitting }フレームまでなら間に合います。
error-too-many-frames = { $frames }フレームだと全部で{ DIVIDE($megapixels, 100) }億ピクセルになり、一度に描ける{ DIVIDE($limit, 100) }億ピクセルを超えます。{ $fitting }フレームまでなら描けます。
error-unknown-model = ここにモデル「{ $model }」はありません。選べるもの：{ $known }。
error-model-gone = モデル{ $model }はもうここにないので、そのモデルの顔は描けません。別のモデルにしてください。
error-model-replaced = モデル{ $model }のファイルは別のモデルに入れ替わっていて、描くと違う顔になります。別のモデルにしてください。
error-model-not-offered = モデル{ $model }は、今ここでは使えません。別のモデルにするか、使えるようにしてもらえるようボットの管理者に頼んでください。
error-other-model = この画像を描いたのは、ここで{ $model }と呼ばれているのとは別のモデルなので、ここでは同じ顔を描けません。
error-no-traits = モデル{ $model }では特徴を選べません。特徴を外すか、別のモデルにしてください。
error-unknown-trait = モデル{ $model }に「{ $trait }」という特徴はありません。使える特徴：{ $known }。
error-unknown-trait-value = { $trait }を「{ $value }」にはできません。選べるもの：{ $known }。
error-unknown-direction = モデル{ $model }に「{ $direction }」という方向はありません。使える方向：{ $known }。
error-no-noise = モデル{ $model }にはこのレイヤーのノイズがないので、何も変わりません。別のレイヤーかモデルにするか、by=zをつけてよく似た顔を見てください。
error-no-transform = モデル{ $model }の絵は回したりずらしたりできません。`rotate`と`shift`を外すか、StyleGAN3のモデルにしてください。
error-format-missing = ここでは{ $format }形式を作れません。選べるもの：{ $known }。
error-not-a-file = { $file }はふつうのファイルではありません。ファイルのパスを指定してください。
error-file-missing = { $file }というファイルがありません。パスを確かめてください。
error-not-a-checkpoint = { $file }はStyleGANのモデルのファイルではありません。
error-unsupported-network = { $file }の中身には対応していません。別のモデルのファイルにしてください。
error-forbidden-content = { $file }は読み込みませんでした。StyleGANのモデルには不要で、コードを実行しかねないものが入っています。このファイルを信用しないでください。
error-damaged-checkpoint = { $file }は壊れています。もう一度ダウンロードしてください。
error-checkpoint-too-large = { $file }は読み込みませんでした。StyleGANのモデルとしては大きすぎます。
error-mapping-lr-unknown = { $file }にはマッピングの学習率の倍率が書かれておらず、重みからも分かりません。`waifu convert`に`--mapping-lr`と学習時の値（多くは0.01）をつけて変換してください。
error-other-shapes = この2つのネットワークは{ $found }が違うため混ぜられません。あるネットワークと、それを元に学習したものを使ってください。
error-out-of-memory = この画像にはメモリが足りません。もう少し小さいものにしてください。
error-cannot-fit = どうやっても、ここの上限{ $limit }に収まりません。フレームを減らすか、別の形式にしてください。
error-too-many-frames-to-fit = { $frames }フレームのファイルは、どうやってもここの上限{ $limit }に収まりません。{ $fitting }フレームくらいなら収まります。
error-no-space = 今はここのディスクに、これだけのフレームを置く空きがありません。フレームを減らすか、しばらくしてからお試しください。
error-cancelled = キャンセルしました。
error-render-failed = 画像を作れませんでした。もう一度お試しください。また起きたら、ボットの管理者にこの番号を伝えてください：{ $reference }。
error-damaged-names = それぞれの名前がどのモデルを指すかを記録した{ $file }が使えません。バックアップから元に戻してください。バックアップがなければ削除してください。モデルには新しい名前がつきます。
error-names-in-use = { $file }は別のプロセスにロックされたままです。そのプロセスを終了してから、もう一度お試しください。
error-picture-missing = 似た顔を探すための画像が、もうここにありません。アップロードされた画像は保存しないので、もう一度見せてください。
error-picture-unreadable = このファイルは、ここで読める画像ではありません。壊れていないPNG、JPEG、WebP、GIFのどれかを渡してください。
error-picture-too-small = この画像は{ $width } × { $height }ピクセルしかなく、顔を見分けるには小さすぎます。縦も横も{ $least }ピクセル以上あるものを渡してください。
error-picture-too-large = この画像は大きすぎます。ファイルは{ $limit } MBまでです。もっと小さいものを渡してください。
error-picture-too-many-pixels = この画像は{ $megapixels }メガピクセルもあります。見られるのは{ $limit }メガピクセルまでなので、もっと小さいものを渡してください。
error-not-finite = 「{ $model }」ではこれを描けません。計算中の数値が際限なく大きくなります。レシピの極端な値を外すか、別のモデルを使ってください。
error-no-stamp = { $file }にはレシピがありません。レシピが入っているのは、ここで作られた画像だけです。
error-no-stored-face = { $file }には、レシピにある保存された顔がありません。その顔が描かれた画像か、その顔を保存したファイルを渡してください。
error-no-usable-w = { $file }には使えるwがありません。
error-cannot-write = { $file }に書き込めませんでした。
error-engine-starting = 絵師さんはまだ準備中です。少し待ってからもう一度お試しください。
error-engine-down = 絵師さんは今、席を外しています。数分後にもう一度お試しください。
error-poison-run = このリクエストで絵師さんが2回倒れてしまったので、あきらめました。少し違うものでお試しください。
error-engine-stopped = ボットはまもなく終了します。数分後にもう一度お試しください。
error-protocol-error = ボットと描画プログラムの話が通じませんでした。もう一度お試しください。
error-queue-full = 順番待ちがいっぱいです（{ $limit }件）。1分ほどしてからもう一度お試しください。
error-person-full = あなたの画像がすでに{ $limit }件、順番を待っています。どれかができるのを待つか、/{ command-waifubot } { command-waifubot-cancel } を使ってください。
error-server-full = このサーバーの画像がすでに{ $limit }件、順番を待っています。1分ほどしてからもう一度お試しください。
error-recipe-too-long = このリクエストのレシピは{ $length }文字で、{ $limit }文字までしか入りません。特徴か顔をいくつか減らしてください。
error-takes-too-long-here = 描き終わるまでの時間が、ここでDiscordが待ってくれる時間より長くなります。フレームを減らすか、ボットが参加しているサーバーで、「{ option-private }」をオフにしてお試しください。
error-too-late = 順番待ちが長く、画像ができる前にDiscordの待ち時間が切れてしまいます。あとでもう一度お試しください。
error-not-here = このチャンネルでは、ボットの管理者が画像を禁止しています。別のチャンネルを使ってください。
error-bad-traits = 「{ $value }」は特徴ではありません。特徴はこう書きます：髪色: ピンク, メガネ: 丸。
error-ambiguous-trait = 「{ $value }」はいくつかの意味に取れます。たとえば{ $choices }のように書いてください。
error-unclear-trait = 「{ $value }」という特徴はありません。{ $choices }のことですか？
error-trait-twice = { $trait }が「{ $value }」と「{ $other }」の2通り書かれています。どちらか1つにしてください。
error-no-recipe = このメッセージにはもうレシピがないので、ボタンやメニューでは何を作るか分かりません。コマンドを使ってください。
error-only-you-here = このサーバーでは、あなたが自分で入れたアプリの返事はあなたにしか見えないので、この画像をみんなに見せることはできません。モデレーターが許可する（権限「外部のアプリを使用」）か、ボットをサーバーに追加すればできます。
error-not-yours = この画像を削除できるのは、頼んだ人かモデレーターだけです。
error-not-your-panel = このパネルを使えるのは、開いた人だけです。/{ command-make } で自分のパネルを開いてください。
error-command-changed = このコマンドは新しくなりましたが、お使いのDiscordにはまだ古いものが出ています。Discordを再読み込み（Ctrl+R）して、もう一度お試しください。
error-command-moved = このコマンドは /{ command-waifubot } { $moved } になりました。まだ出てこなければ、Discordを再読み込みしてください（Ctrl+R）。
error-unexpected = うまくいきませんでした。もう一度お試しください。また起きたら、ボットの管理者にこの番号を伝えてください：{ $reference }。

## エラーで「使えるもの」として出る言葉（英語は generator/contract/errors.py の EXPECTED にある）

expected-a-number = 数
expected-a-whole-number = 整数
expected-a-short-text = { $limit }文字までの文字列
expected-a-plain-text = 空白のない、英数字と . _ , : + - だけの文字列
expected-a-trait = a-z、0-9、-、_ でできた名前（例：hair=pink）
expected-a-model = モデルの名前（例：drawn-4）
expected-a-picture = 画像を表す{ $limit }文字の文字列
expected-a-direction = 方向の名前（例：d1や髪色: ピンク）
expected-layers = レイヤーかその範囲（例：5や0-3）
expected-layers-in-order = 小さいほうを先にした{ $low }-{ $high }
expected-a-shift = 右と下へのずらし幅（例：0.1,-0.05）
expected-one-seed = シード1個
expected-one-size = サイズ1個
expected-several-seeds = シード{ $low }から{ $high }個
expected-a-mix = シード2個、または形のシード{ $low }から{ $high }個と「fine=シード,シード」の形の色のシード

## 特徴とその値：候補にはこう表示され、こう入力もできる

direction-turn = 顔の向き
direction-tilt = 首の傾き
direction-nod = うなずき
direction-chin = あご
direction-face-width = 顔の幅
direction-head-height = 頭の高さ
direction-bang-length = 前髪の長さ
direction-volume = 髪のボリューム
direction-clothes-light = 服の明るさ
direction-background-light = 背景の明るさ
direction-gaze = 目線
direction-mouth-curve = 口角
direction-eye-opening = 目の開き
direction-eye-size = 目の大きさ
direction-brow = 眉
direction-blush = 頬の赤み
direction-back-length = 髪の長さ
direction-wind = 風向き
direction-light-side = 光の向き

trait-hair = 髪色
    .black = 黒
    .brown = 茶色
    .blonde = 金
    .orange = オレンジ
    .red = 赤
    .pink = ピンク
    .purple = 紫
    .blue = 青
    .aqua = 水色
    .green = 緑
    .silver = 銀
    .white = 白
trait-back-hair = 髪型
    .short = ショート
    .bob = ボブ
    .long = ロング
    .wavy = ウェーブ
    .twintails = ツインテール
    .ponytail = ポニーテール
    .buns = お団子
    .braids = 三つ編み
    .spiky = ツンツン
    .pixie = ベリーショート
    .curly = 巻き髪
    .half-up = ハーフアップ
    .side-ponytail = サイドポニーテール
    .low-twintails = ローツインテール
    .low-ponytail = ローポニーテール
    .drills = 縦ロール
    .wolf = ウルフカット
trait-bangs = 前髪
    .blunt = ぱっつん
    .hime = 姫カット
    .messy = 無造作
    .swept = 斜め流し
    .parted = センター分け
    .curtain = カーテンバング
    .wispy = シースルー
    .one-eye = 片目隠れ
    .crossed = クロス
    .swoop = サイド流し
trait-eyes = 瞳の色
    .brown = 茶色
    .amber = 琥珀色
    .green = 緑
    .aqua = 水色
    .blue = 青
    .purple = 紫
    .pink = ピンク
    .red = 赤
    .gold = 金
    .grey = グレー
trait-eye-shape = 目の形
    .round = 丸い目
    .almond = アーモンド
    .sharp = つり目
    .droopy = たれ目
    .sleepy = 眠そう
    .narrow = 細目
trait-expression = 表情
    .smile = ほほえみ
    .open = 笑顔
    .grin = にやり
    .cat = 猫口
    .pout = ふくれっ面
    .neutral = 真顔
    .surprised = びっくり
    .wink = ウインク
    .closed = にっこり
    .shy = 照れ
    .angry = 怒り
trait-skin = 肌の色
    .porcelain = 陶器肌
    .fair = 色白
    .tan = 小麦色
    .brown = 褐色
    .deep = 濃い褐色
    .warm = 健康的
trait-glasses = メガネ
    .none = なし
    .round = 丸
    .square = 四角
    .half-rim = ハーフリム
    .cat-eye = キャットアイ
    .shades = サングラス
    .monocle = 片眼鏡
trait-accessory = アクセサリー
    .none = なし
    .cat-ears = 猫耳
    .ribbon = リボン
    .flower = 花
    .halo = 天使の輪
    .headband = カチューシャ
    .clip = ヘアピン
    .horns = 角
    .fox-ears = 狐耳
    .bunny-ears = うさ耳
    .headphones = ヘッドホン
    .maid = メイドカチューシャ
    .tiara = ティアラ
    .beret = ベレー帽
    .witch-hat = 魔女の帽子
    .crown = 王冠
trait-style = 雰囲気
    .feminine = 女性的
    .masculine = 男性的
trait-clothes = 服装
    .sailor = セーラー服
    .hoodie = パーカー
    .shirt = シャツ
    .turtleneck = タートルネック
    .kimono = 着物
    .dress = ドレス
    .blazer = ブレザー
    .jacket = ジャケット
    .gothic = ゴシック
    .cape = ケープ
    .fur = ファーコート
    .scarf = マフラー
    .qipao = チャイナドレス
    .idol = アイドル衣装
trait-background = 背景
    .plain = 無地
    .gradient = グラデーション
    .dots = 水玉
    .stripes = ストライプ
    .circle = 円
    .sparkles = きらきら
    .sky = 空
    .blossom = 桜
    .leaves = 木の葉
    .bokeh = 玉ボケ
    .city = 街
    .stars = 星空
    .window = 窓辺
    .books = 本棚
trait-face = 輪郭
    .child = 童顔
    .round = 丸顔
    .oval = 卵型
    .heart = ハート型
    .slim = 面長
    .mature = 大人っぽい
    .square = 四角顔
    .angular = シャープ
trait-second-eye = もう片方の瞳
    .same = 同じ色
    .amber = 琥珀色
    .green = 緑
    .blue = 青
    .red = 赤
trait-pupils = 瞳孔
    .round = 丸
    .slit = 縦長
    .star = 星
    .ring = リング
trait-time = 時間帯
    .day = 昼
    .morning = 朝
    .evening = 夕方
    .night = 夜
trait-shading = 塗り
    .cel = アニメ塗り
    .soft = やわらか
    .retro = レトロ
    .pastel = パステル
trait-dye = 部分染め
    .none = なし
    .tips = 毛先
    .streak = メッシュ
    .inner = インナーカラー
trait-mark = 顔のワンポイント
    .none = なし
    .mole = ほくろ
    .freckles = そばかす
    .lines = ひげ模様
    .plaster = 絆創膏
    .heart = ハート
trait-earrings = ピアス
    .none = なし
    .stud = スタッド
    .drop = ドロップ
    .hoop = フープ
trait-ears = 耳
    .human = 人間
    .elf = エルフ

## ふだんの言い方：特徴は名前のほかに、こうも入力できる

value-of-trait = { $value }の{ $trait }|{ $value }{ $trait }|{ $trait }{ $value }|{ $trait }が{ $value }|{ $trait }は{ $value }|{ $trait }を{ $value }に
without-trait = { $thing }なし|{ $thing }無し|{ $thing }のない|{ $thing }がない|{ $thing }はない|{ $thing }ない|{ $thing }はなし|{ $thing }いらない|{ $thing }はいらない|{ $thing }をかけない|{ $thing }をつけない|{ $thing }を外す|{ $thing }を取る|{ $thing }をなくす|{ $thing }を消す|{ $thing }抜き|{ $thing }を外して|{ $thing }を取って|{ $thing }を消して
filler-words = と|で|の|に|や|を|が|は|も|かけた|かけている|かけてる|つけた|つけている|つけてる|着た|着ている|着てる|かぶった|かぶっている|かぶってる|した|している|してる|して|する|持ち|子|娘|っ子|っ娘|キャラ|ください|お願い|お願いします|ほしい|欲しい|顔

also-trait-hair = 髪|かみ|髪の毛|髪の色|ヘア|毛
    .black = 黒色|黒い|ブラック|真っ黒|漆黒
    .brown = 茶|茶色い|ブラウン|栗色|栗毛|焦げ茶
    .blonde = 金色|ブロンド|黄色|黄色い|ゴールド
    .orange = オレンジ色|だいだい色|橙|橙色
    .red = 赤色|赤い|レッド|真っ赤|深紅|ワインレッド
    .pink = ピンク色|桃色|桃|ローズ
    .purple = 紫色|紫の|パープル|すみれ色|ラベンダー|バイオレット
    .blue = 青色|青い|ブルー|紺|紺色|藍色|ネイビー
    .aqua = 水色の|シアン|ライトブルー|空色|ターコイズ|青緑
    .green = 緑色|グリーン|黄緑
    .silver = 銀色|シルバー|灰色|グレー
    .white = 白色|白い|ホワイト|真っ白|純白
also-trait-back-hair = ヘアスタイル|髪形|髪の形
    .short = ショートヘア|短髪|短い髪|ショートカット|髪を短く
    .bob = おかっぱ|ボブカット|ボブヘア
    .long = ロングヘア|長髪|長い髪|髪を長く
    .wavy = ウェーブヘア|ゆるふわ|ふわふわ
    .twintails = ツインテ|二つ結び
    .ponytail = ポニテ|一つ結び
    .buns = お団子頭|お団子ヘア|おだんご|シニヨン
    .braids = おさげ|みつあみ
    .spiky = ツンツン頭|ツンツンヘア|つんつん髪
    .curly = くせ毛|巻き毛|カール|カールヘア|天然パーマ|天パ
    .side-ponytail = サイドポニー|サイドテール|サイポニ
    .drills = ドリル|ドリルヘア|縦巻きロール
    .wolf = ウルフ|ウルフヘア
    .pixie = ピクシーカット|ベリショ
    .low-twintails = 下ツインテ|低めのツインテール
    .low-ponytail = 低めのポニーテール|下ポニテ
also-trait-bangs = 前髪の形
    .blunt = ぱっつん前髪|パッツン|切りそろえた
    .hime = 姫
    .swept = 斜め前髪|斜め
    .parted = センターパート|真ん中分け
    .one-eye = 片目が隠れた|片目|目隠れ|メカクレ
    .messy = ぼさぼさ
    .curtain = カーテン|カーテン前髪
also-trait-face = 顔の形|顔
    .slim = 細い|細面|ほっそり
    .child = 幼い
    .round = 丸|丸い顔
    .oval = 卵形|たまご型
    .heart = ハート形
    .mature = 大人
    .square = 四角い顔|エラ張り
also-trait-eyes = 瞳|目|眼|目の色
    .brown = 茶|茶色い|ブラウン
    .amber = 琥珀|アンバー
    .green = 緑色|グリーン|エメラルド
    .aqua = 水色の|シアン|ライトブルー|空色|ターコイズ
    .blue = 碧|青色|青い|ブルー|紺|紺色
    .purple = 紫色|パープル|すみれ色|ラベンダー
    .pink = ピンク色|桃色
    .red = 赤色|赤い|レッド
    .gold = 金色|黄色|黄色い|ゴールド
    .grey = 灰色|銀|銀色|シルバー
also-trait-second-eye = もう片方の目|オッドアイ
    .same = 同じ
    .amber = 琥珀
    .green = 緑色
    .blue = 青色|青い
    .red = 赤色|赤い
also-trait-eye-shape = 目の形状
    .round = 丸目|大きな目|まん丸|ぱっちり|くりくり
    .sharp = つりあがった目|吊り目|鋭い目|キツネ目
    .droopy = 垂れ目
    .sleepy = 眠そうな目|眠たげ|半目|ジト目|とろん
    .narrow = 細い目|糸目
    .almond = アーモンドアイ|アーモンド形
also-trait-pupils = 瞳孔の形
    .star = 星形|星目|星の瞳|星形の瞳
    .ring = 輪|輪の形
    .slit = 猫目|縦長の瞳
also-trait-expression = 顔つき
    .smile = 微笑み|スマイル|笑み|微笑
    .open = 笑い|口を開けた笑顔|笑う|大笑い|笑っている
    .grin = にやり笑い|ニヤニヤ|ドヤ顔|不敵な笑み
    .cat = 猫|猫の口|ω口
    .pout = ふくれっつら|むくれ|むくれ顔|すねた|拗ねた|ぷんぷん
    .neutral = 無表情|クール|まじめ|真面目
    .surprised = 驚き|驚いた|びっくり顔|驚き顔
    .wink = ウィンク|片目つぶり
    .closed = 目を閉じた|閉じた目|閉じ目|目を閉じて|目をつぶった
    .shy = 照れ顔|赤面|照れた|恥ずかしい|恥じらい
    .angry = 怒り顔|怒った|怒る|怒っている|不機嫌
also-trait-skin = 肌|肌色
    .porcelain = 真っ白|美白
    .fair = 白い|明るい肌
    .tan = 小麦|日焼け|日焼けした
    .brown = 茶色|色黒
    .deep = 黒い|濃い
also-trait-glasses = 眼鏡
    .none = 無し|かけない|無|裸眼
    .round = 丸い|丸メガネ|メガネ|眼鏡|眼鏡っ娘|眼鏡っ子|メガネっ娘|メガネっ子|丸眼鏡|丸縁
    .square = 四角い|四角い眼鏡|スクエア
    .cat-eye = フォックス型|フォックス
    .shades = グラサン
    .monocle = モノクル|片メガネ
    .half-rim = ハーフフレーム|ナイロール
also-trait-accessory = 頭の飾り|髪飾り|ヘアアクセ|ヘアアクセサリー|かぶりもの
    .none = 無し|つけない|無
    .cat-ears = 猫の耳|ネコミミ|猫|ネコ耳|猫耳カチューシャ
    .ribbon = 蝶結び|髪リボン
    .flower = お花|花飾り|花の髪飾り
    .halo = 光輪|ヘイロー|天使
    .headband = ヘアバンド
    .clip = 髪留め|ピン|ヘアクリップ|バレッタ
    .horns = 鬼の角|つの|鬼|悪魔の角
    .fox-ears = 狐の耳|キツネ耳|狐
    .bunny-ears = うさぎの耳|うさぎ耳|うさぎ|ウサミミ|兎耳|バニー|ウサ耳
    .headphones = イヤホン|ヘッドフォン|ヘッドセット
    .maid = メイド|ホワイトブリム|ヘッドドレス
    .beret = ベレー
    .witch-hat = 魔女帽|魔女帽子|魔女|とんがり帽子
    .crown = 冠|クラウン
also-trait-style = 性別
    .feminine = 女|女性|女の子|女子|女性らしい|女の子らしい|フェミニン
    .masculine = 男|男性|男の子|男子|男性らしい|男の子らしい|ボーイッシュ
also-trait-clothes = 服|衣装|衣服|ファッション|コスチューム
    .sailor = セーラー|水兵服
    .hoodie = フード付き|フーディー
    .shirt = ブラウス|ワイシャツ|ティーシャツ
    .turtleneck = とっくり|ハイネック
    .kimono = 和服|浴衣|振袖
    .dress = ワンピース
    .blazer = 制服|学生服
    .gothic = ゴスロリ|ゴシックドレス|ゴスロリ服
    .cape = マント
    .fur = 毛皮|毛皮のコート|ファー
    .idol = アイドル
    .jacket = 上着|ジャンパー
    .scarf = スカーフ
    .qipao = チャイナ服|チャイナ
also-trait-background = バック
    .dots = ドット|水玉模様
    .stripes = しま|縞|しましま|縞模様
    .circle = 丸|輪|丸い輪
    .sky = 青空|雲
    .blossom = 桜の花
    .leaves = 葉|葉っぱ
    .city = 町|街並み|夜景|都会
    .stars = 星|夜空
    .window = 窓
    .books = 本|図書館|図書室
    .plain = 背景なし|シンプル
    .gradient = グラデ
    .sparkles = キラキラ模様
    .bokeh = ボケ|光の玉
also-trait-time = 時間
    .day = 日中|昼間
    .morning = 早朝|夜明け|明け方|朝焼け
    .evening = 夕暮れ|夕焼け|夕日|夕|黄昏
    .night = 夜中|深夜
also-trait-shading = 塗り方|画風
    .cel = セル画|セル塗り
    .soft = ソフト|柔らか|やわらかい|柔らかい
    .retro = 昔風|昭和|レトロアニメ
    .pastel = パステルカラー|パステル調
also-trait-dye = 染め|ポイントカラー|染めた髪
    .none = 無し|無
    .inner = インナー|内側
    .tips = 毛先カラー|裾カラー
    .streak = メッシュ入り|ハイライト
also-trait-mark = しるし|顔のしるし|ワンポイント|顔の模様
    .none = 無し|無
    .mole = 泣きぼくろ|ホクロ|黒子|涙ぼくろ
    .lines = ひげ|猫ひげ
    .plaster = ばんそうこう|バンドエイド
    .heart = ハートマーク
also-trait-earrings = イヤリング|耳飾り
    .none = 無し|つけない|無
    .stud = ピアス|イヤリング|スタッドピアス
    .hoop = 輪っか|リング|輪
    .drop = 揺れるピアス|しずく
also-trait-ears = 耳の形
    .human = 人|人の耳|普通|ふつう
    .elf = とがった|尖った|エルフ耳|長い耳
also-moved-turn =
    .more = 右を向く|右を向いて|右向き|顔を右に|右向いて
    .less = 左を向く|左を向いて|左向き|顔を左に|左向いて
also-moved-nod =
    .more = 下を向く|下を向いて|下向き|うつむく|うつむいて|うつむき|うつむき加減
    .less = 上を向く|上を向いて|上向き|見上げる|見上げて
also-moved-tilt =
    .more = 右に首をかしげる|首を右に|首を右に傾ける|右に傾ける
    .less = 左に首をかしげる|首を左に|首を左に傾ける|左に傾ける
also-moved-gaze =
    .more = 目線を右に|視線を右に|視線が右|右を見る|右を見て
    .less = 目線を左に|視線を左に|視線が左|左を見る|左を見て
also-moved-mouth-curve =
    .more = もっと笑う|もっと笑って|もっと笑顔|口角を上げる|口角を上げて
    .less = 笑顔を控えめに|控えめな笑顔|口角を下げる|口角を下げて
also-moved-eye-opening =
    .more = 目を見開く|目を見開いて|目を開けて|目をぱっちり
    .less = 目を細める|目を細めて
also-moved-eye-size =
    .more = 目を大きく|もっと大きな目|大きめの目
    .less = 目を小さく|もっと小さな目|小さめの目
also-moved-brow =
    .more = 眉をきりっと|怒り眉|りりしい眉
    .less = 困った眉|ハの字眉
also-moved-blush =
    .more = 頬を赤く|ほっぺを赤く|チーク濃いめ|ほっぺが赤め
    .less = 頬の赤みを薄く|チーク薄め|ほっぺの赤みが薄め
also-moved-back-length =
    .more = 髪を伸ばす|髪を伸ばして|もっと長い髪
    .less = 髪を切る|髪を切って|もっと短い髪
also-moved-wind =
    .more = 風で右に|髪を右になびかせる|髪が右になびく
    .less = 風で左に|髪を左になびかせる|髪が左になびく
also-moved-light-side =
    .more = 右からの光|光を右から|光は右から
    .less = 左からの光|光を左から|光は左から
