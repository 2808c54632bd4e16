"""The words of the Motion tab and of clips elsewhere: key -> (English, 中文). Values stand in braces."""

from tgan_demo.ui.words.sound import derived

WORDS: dict[str, tuple[str, str]] = {
    "tab.motion": ("Motion", "动作"),
    "medium.video": ("Video", "视频"),
    "copied.python.video": (
        "Python copied: it makes the same clips.",
        "Python 已复制，可生成相同的片段。",
    ),
    "copied.command.video": (
        "Command copied: it makes the same clips.",
        "命令已复制，可生成相同的片段。",
    ),
    "hero.aria.film": (
        "{n} generated clips that play, seeds from {first}; arrows move, Enter loads a seed",
        "{n} 段正在播放的生成片段，种子从 {first} 起；方向键移动，回车载入",
    ),
    "contact.aria.film": (
        "Contact sheet of {n} seeds from {first}, playing; arrows move, Enter loads a seed",
        "{n} 个种子的小样，正在播放，从 {first} 起；方向键移动，回车载入",
    ),
    # the clock under the big grid
    "clock.play": ("Play or hold the clips (Space)", "播放或停住片段（空格）"),
    "clock.scrub": ("Frame of the clips", "片段的帧"),
    "clock.at": ("Frame {i} of {n}", "第 {i} 帧，共 {n} 帧"),
    # above the Motion tab
    "motion.lead.parts": (
        "“{title}” keeps who is seen and how it moves in two parts of its latent: any character can take any "
        "motion.",
        "“{title}”把“谁”和“怎么动”分别放在潜在向量的两部分：任何角色都能换上任何动作。",
    ),
    "motion.lead.one": (
        "“{title}” has one latent for what is seen and how it moves, so there is nothing to take apart here. "
        "Play and Walk show what it can do.",
        "“{title}”用同一个潜在向量表示内容和动作，因此这里没有可以拆开的部分。请到“玩”和“漫步”看看。",
    ),
    "motion.none": (
        "This tab is for models of clips, and “{title}” makes something else. Choose one of these, here or in "
        "the list of models:",
        "此页用于视频模型，而“{title}”生成的是别的东西。请在这里或模型列表中选一个：",
    ),
    "motion.nowhere": (
        "This tab is for models of clips, and there is none here yet. Open Train and make one from the moving "
        "shapes that come with the studio.",
        "此页用于视频模型，但这里还没有。打开“训练”，用自带的运动图形做一个吧。",
    ),
    "motion.train": ("Open Train", "打开“训练”"),
    # characters x motions
    "mix.title": ("Characters × motions", "角色 × 动作"),
    "mix.hint": (
        "Down a column everyone moves alike, along a row somebody stays who they are. A lock keeps a seed; a "
        "click on a clip takes it to “Longer” below.",
        "同一列动作相同，同一行角色不变。锁可保住种子；点击片段，即可在下方“更长”中播放。",
    ),
    "mix.corner": ("who ↓ how →", "谁 ↓ 怎么动 →"),
    "mix.contents.new": ("New characters", "换角色"),
    "mix.motions.new": ("New motions", "换动作"),
    "mix.row": ("character {i}", "角色 {i}"),
    "mix.col": ("motion {i}", "动作 {i}"),
    "mix.row.seed": ("Seed of character {i}", "角色 {i} 的种子"),
    "mix.col.seed": ("Seed of motion {i}", "动作 {i} 的种子"),
    "mix.row.kind": ("Class of character {i}", "角色 {i} 的类别"),
    "mix.col.kind": ("Class of motion {i}", "动作 {i} 的类别"),
    "mix.row.new": ("Another character", "换一个角色"),
    "mix.col.new": ("Another motion", "换一个动作"),
    "mix.lock": ("Keep this seed", "保住这个种子"),
    "mix.unlock": ("Let this seed go", "放开这个种子"),
    "mix.cell": ("Character: {content}. Motion: {motion}.", "角色：{content}。动作：{motion}。"),
    # whose motion
    "borrow.title": ("Whose motion?", "谁的动作？"),
    "borrow.lead": (
        "Bring a short clip. The model looks for the nearest that it can make, and gives that motion to the "
        "characters above.",
        "拿一段短片来。模型会寻找自己能生成的最接近的片段，再把它的动作交给上面的角色。",
    ),
    "borrow.file": ("Choose a clip", "选择片段"),
    "borrow.seed": ("Take seed {seed}", "用种子 {seed}"),
    "borrow.drop": (
        "or drop one here: MP4, WebM, GIF, animated WebP",
        "或拖到这里：MP4、WebM、GIF、动态 WebP",
    ),
    "borrow.busy": (
        "Looking for it inside the model… {s} s (three to thirty)",
        "正在模型内部寻找……{s} 秒（约三到三十秒）",
    ),
    "borrow.busy.seed": ("Drawing… {s} s", "正在生成……{s} 秒"),
    "borrow.big": (
        "That file is over 16 MB; two seconds are enough.",
        "文件超过 16 MB；两秒钟就够了。",
    ),
    "borrow.asked": ("What came, as the model reads it", "收到的片段，模型眼中的样子"),
    "borrow.asked.seed": ("Whose motion it is", "动作的来源"),
    "borrow.own": ("The model's nearest", "模型最接近的片段"),
    "borrow.made": ("Moves character {seed}", "让角色 {seed} 动起来"),
    "borrow.taken": (
        "Two seconds of its middle square were read. Only what the model can make has a motion to lend: if the "
        "nearest does not move like your clip, the others will not either.",
        "读取了两秒、中间的方形画面。只有模型能生成的动作才能借出：如果最接近的片段动得不像，其他的也不会像。",
    ),
    # longer
    "long.title": ("Longer", "更长"),
    "long.lead": (
        "Time enters the model only as a code for each few frames, so it can go on for longer than any clip "
        "it was trained on.",
        "时间只以每几帧一个编码的形式进入模型，因此它能比训练过的任何片段都更长。",
    ),
    "long.length": ("How many frames", "帧数"),
    "long.frames": ("{n} frames", "{n} 帧"),
    "long.what": (
        "Character {content} in motion {motion}: {n} frames, {s} s.",
        "角色 {content}，动作 {motion}：{n} 帧，{s} 秒。",
    ),
    "long.saving": ("Writing the film: {percent}", "正在写入影片：{percent}"),
}

# What the other tabs say of pictures, said of clips, where a medium has words of its own.
OF_CLIPS = (
    ("pictures", "clips"), ("picture", "clip"), ("images", "clips"), ("image", "clip"),
    ("Pictures", "Clips"), ("Images", "Clips"), ("and painted pictures", "and made clips"),
    ("图片", "片段"), ("画出来的图", "生成的片段"), ("整张", "整段"), ("真图", "真片段"), ("假图", "假片段"), ("张图", "个片段"), ("幅图", "个片段"),
    ("的图。", "的片段。"), ("你看到的图", "你看到的片段"), (" 张", " 段"), (" 幅", " 段"), ("张片段", "个片段"), ("一张", "一段"),
)  # fmt: skip
SEEN: dict[str, tuple[str, str]] = {
    "inside.net.g_cross.what": (
        "Latent tokens are made from the seed's z. Each map shows which patches read that one.",
        "潜在词元由种子的 z 生成。每张图显示哪些图块读取了这个潜在词元。",
    ),
    "inside.opacity": ("Map over the clip", "片段上的热力图"),
    "train.bar.speed": ("{speed} clips/s", "{speed} 段/秒"),
    "train.unit.speed": ("clips/s", "段/秒"),
}


def of_clips(words: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """`key.video` for every key that has a `key.text`: its own, SEEN's, else the picture's changed."""
    return derived(words, "video", OF_CLIPS, SEEN)
