"""The words of the Play and Walk panels."""

WORDS: dict[str, tuple[str, str]] = {
    "play.one": (
        "{title} made this picture from seed {first}; nobody drew it.",
        "“{title}”由种子 {first} 生成了这幅图，并非人手所画。",
    ),
    "play.many": (
        "{title} made these {n} pictures from seeds {first} to {last}; none of them was drawn by anyone.",
        "“{title}”由种子 {first} 到 {last} 生成了这 {n} 幅图，没有一幅出自人手。",
    ),
    "play.class": (
        "{title} was asked for “{label}” {n} times, seeds {first} to {last}.",
        "请“{title}”画了 {n} 次“{label}”，种子 {first} 到 {last}。",
    ),
    "play.try.random": (
        "Press R for new ones, drag ψ to make them bolder or safer.",
        "按 R 换一批，拖动 ψ 让它们更大胆或更稳妥。",
    ),
    "play.try.class": (
        "Press R for new ones, or pick a class to get only that.",
        "按 R 换一批，或选一个类别只看那一类。",
    ),
    "play.try.low": (
        "With ψ this low they all lean to the average; raise it and they differ again.",
        "ψ 这么低时都趋于平均；调高后又会各不相同。",
    ),
    "play.try.high": (
        "With ψ this high the model leaves what it knows well; strange is normal.",
        "ψ 这么高时模型离开了熟悉的区域，奇怪是正常的。",
    ),
    "play.try.variation": (
        "All of them lean towards variation seed {seed}; at 1 they would be the same.",
        "它们都向变化种子 {seed} 靠拢；到 1 时会完全相同。",
    ),
    "play.try.walk": (
        "Click a seed you like, then another, and open Walk.",
        "点一个喜欢的种子，再点一个，然后打开“漫步”。",
    ),
    "play.text.one": (
        "{title} wrote this from seed {first}; nobody wrote it.",
        "“{title}”由种子 {first} 写成，并非人手所写。",
    ),
    "play.text.many": (
        "{title} wrote these {n} texts from seeds {first} to {last}; none of them was written by anyone.",
        "“{title}”由种子 {first} 到 {last} 写成了这 {n} 篇，没有一篇出自人手。",
    ),
    "play.audio.one": (
        "{title} made this sound from seed {first}. Click it to hear it; nobody recorded it.",
        "“{title}”由种子 {first} 生成了这段声音。点一下即可听；它并非录音。",
    ),
    "play.audio.many": (
        "{title} made these {n} sounds from seeds {first} to {last}. Click one to hear it.",
        "“{title}”由种子 {first} 到 {last} 生成了这 {n} 段声音。点一下即可听。",
    ),
    "save.wav": ("WAV files", "WAV 文件"),
    "save.txt": ("Text file", "文本文件"),
    "walk.wav": ("WAV", "WAV"),
    "walk.txt": ("Text", "文本"),
    "play.none": (
        "No model is here yet. Open Train to make one.",
        "这里还没有模型。打开“训练”做一个吧。",
    ),
    "hero.aria": (
        "{n} generated pictures, seeds from {first}; arrows move, Enter loads a seed",
        "{n} 幅生成的图片，种子从 {first} 起；方向键移动，回车载入",
    ),
    "contact.aria": (
        "Contact sheet of {n} seeds from {first}; arrows move, Enter loads a seed",
        "{n} 个种子的小样，从 {first} 起；方向键移动，回车载入",
    ),
    "contact.title": ("One hundred seeds", "一百个种子"),
    "contact.back": ("‹ 100", "‹ 100"),
    "contact.next": ("100 ›", "100 ›"),
    "fav.title": ("Favourites", "收藏"),
    "fav.add": ("♥ Keep", "♥ 收藏"),
    "fav.add.tip": ("Keep the first picture in this browser (F)", "把第一幅图收藏在此浏览器 (F)"),
    "fav.added": ("Kept in this browser.", "已收藏在此浏览器。"),
    "fav.remove": ("Remove this favourite", "移除这个收藏"),
    "fav.empty": (
        "None yet. ♥ keeps the first picture; a click brings it back.",
        "还没有。♥ 收藏第一幅图，点击即可恢复。",
    ),
    "save.png1": ("PNG ×1", "PNG ×1"),
    "save.png8": ("PNG ×8", "PNG ×8"),
    "save.zip": ("ZIP", "ZIP"),
    "save.python": ("Copy as Python", "复制为 Python"),
    "save.command": ("Copy as command", "复制为命令"),
    "copied.python": (
        "Python copied: it makes the same pictures.",
        "Python 已复制，可生成相同的图片。",
    ),
    "copied.command": (
        "Command copied: it makes the same pictures.",
        "命令已复制，可生成相同的图片。",
    ),
    "drop.png": (
        "Drop a PNG saved here to get its settings back",
        "拖入在此保存的 PNG，即可恢复其设置",
    ),
    "drop.big": (
        "That file is over 8 MB; a PNG saved here is much smaller.",
        "文件超过 8 MB；在此保存的 PNG 要小得多。",
    ),
    "drop.restored": ("Settings of {name} restored.", "已恢复 {name} 的设置。"),
    "card.title": ("About this model", "关于此模型"),
    "walk.lead": (
        "The model paints every step between the key frames. Drag them, add more, press Space.",
        "模型画出关键帧之间的每一步。拖动它们，添加更多，按空格播放。",
    ),
    "walk.keys": ("Key frames", "关键帧"),
    "walk.add": ("+ Add this seed", "+ 加入当前种子"),
    "walk.random": ("+ Random", "+ 随机"),
    "walk.load": ("Load {name} into the seed row", "把 {name} 载入种子栏"),
    "walk.left": ("Move left", "左移"),
    "walk.right": ("Move right", "右移"),
    "walk.remove": ("Remove", "移除"),
    "walk.play": ("Play or pause (Space)", "播放或暂停（空格）"),
    "walk.scrub": ("Position in the walk", "漫步中的位置"),
    "walk.speed": ("Speed", "速度"),
    "walk.aria": ("Frame {i} of {n} of the walk", "漫步第 {i} 帧，共 {n} 帧"),
    "walk.path": ("Path", "路径"),
    "walk.path.info": ("along the sphere, or straight", "沿球面，或走直线"),
    "walk.space": ("Space", "空间"),
    "walk.space.info": ("in noise z, or in mapped w", "在噪声 z 中，或映射后的 w 中"),
    "walk.frames": ("Frames per leg", "每段帧数"),
    "walk.frames.info": (
        "more is slower and smoother; 30 a second, of texts 8",
        "越多越慢越平滑；每秒 30 帧，文字每秒 8 帧",
    ),
    "walk.loop": ("Perfect loop", "首尾相接"),
    "walk.full": ("{n} key frames are the most a walk can hold.", "一次漫步最多 {n} 个关键帧。"),
    "walk.between": ("Between two texts of your own", "在你自己的两段文字之间"),
    "walk.from": ("From", "起点"),
    "walk.to": ("To", "终点"),
    "walk.between.hint": (
        "Type or paste a text, of the kind and length that this model writes",
        "输入或粘贴一段文字，体裁和长度与此模型所写的相近",
    ),
    "walk.between.go": ("Walk between them", "在两者之间漫步"),
    "walk.between.back": ("Back to the seeds", "回到种子"),
    "walk.between.busy": (
        "Looking for the two texts inside the model…",
        "正在模型内部寻找这两段文字……",
    ),
    "walk.between.empty": (
        "A walk wants two texts, one at each end; type or paste both.",
        "漫步需要两段文字，起点和终点各一段；请都填上。",
    ),
    "walk.between.near": (
        "{end}: the nearest this model comes to “{asked}” is “{text}”; your own words surprise it "
        "by {nats} nats a token there (0 would be none).",
        "{end}：此模型最接近“{asked}”的是“{text}”；在那里，你的原文每个词元仍让它惊讶 {nats} 奈特（0 为毫不意外）。",
    ),
    "walk.between.found": (
        "{end}: this model can write “{text}” word for word ({nats} nats a token of surprise).",
        "{end}：此模型能一字不差地写出“{text}”（每个词元 {nats} 奈特的惊讶）。",
    ),
    "walk.between.same": (
        "{end}: this model encodes “{text}” and writes it back word for word.",
        "{end}：此模型把“{text}”编码后，能一字不差地写回来。",
    ),
    "walk.between.written": (
        "{end}: this model encodes “{asked}” and writes it back as “{text}”.",
        "{end}：此模型把“{asked}”编码后，写回来是“{text}”。",
    ),
    "walk.export": ("Export", "导出"),
    "walk.webp": ("WebP", "WebP"),
    "walk.gif": ("GIF", "GIF"),
    "walk.mp4": ("MP4", "MP4"),
    "walk.cancel": ("Cancel", "取消"),
    "walk.drawing": ("Drawing {n} frames…", "正在绘制 {n} 帧……"),
    "walk.encoding": (
        "Writing {kind}, {n} frames of {size} pixels: {percent}",
        "正在写入 {kind}，{n} 帧，{size} 像素：{percent}",
    ),
    "walk.done": ("{name}, {kib} KiB", "{name}，{kib} KiB"),
    "walk.cancelled": ("Cancelled.", "已取消。"),
}
