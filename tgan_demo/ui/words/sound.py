"""The words of the Sound tab: key -> (English, 中文). Values stand in braces."""

WORDS: dict[str, tuple[str, str]] = {
    "tab.sound": ("Sound", "声音"),
    "medium.audio": ("Sound", "声音"),
    # above everything
    "sound.lead.pads": (
        "Nobody recorded these drums: “{title}” made each of them from a seed. Play them by touch, with the "
        "keys on the pads, or let the steps play.",
        "这些鼓声并非录音：“{title}”由种子生成了每一个。可以点击、用键盘弹奏，也可以让步进音序器来演奏。",
    ),
    "sound.lead.voice": (
        "“{title}” speaks digits in {n} voices. Let it say a number, or lend it yours and hear another voice.",
        "“{title}”会用 {n} 种嗓音念数字。让它念一个号码，或把你的声音交给它，听听换一种嗓音。",
    ),
    "sound.none": (
        "This tab is for models of sound, and “{title}” makes something else. Choose one of these, here or in "
        "the list of models:",
        "此页用于声音模型，而“{title}”生成的是别的东西。请在这里或模型列表中选一个：",
    ),
    "sound.nowhere": (
        "This tab is for models of sound, and there is none here yet. Open Train and make one from the drums "
        "that come with the studio.",
        "此页用于声音模型，但这里还没有。打开“训练”，用自带的鼓声做一个吧。",
    ),
    "sound.train": ("Open Train", "打开“训练”"),
    # the drum kit
    "sound.kit": ("Kit of seed {seed}", "种子 {seed} 的鼓组"),
    "sound.kit.new": ("New kit", "换一套"),
    "sound.kit.new.tip": ("A random seed (Shift+R)", "随机种子（Shift+R）"),
    "sound.kit.save": ("Download kit", "下载鼓组"),
    "sound.kit.save.tip": ("Sixteen WAV files in a ZIP", "十六个 WAV 文件，打包为 ZIP"),
    "sound.kit.hint": (
        "The dice on a pad, or a right click, gives it another sound.",
        "点鼓垫上的骰子，或用右键，可换一个声音。",
    ),
    "sound.kit.hint.alone": (
        "You asked for one class: the last pads are all of it.",
        "你选定了一个类别：后面的鼓垫都是它。",
    ),
    "sound.pads": ("Sixteen pads", "十六个鼓垫"),
    "sound.pad": ("{name}, seed {seed}, key {key}", "{name}，种子 {seed}，按键 {key}"),
    "sound.pad.again": ("Another sound on this pad: {name}", "给这个鼓垫换一个声音：{name}"),
    "sound.kind.kick": ("kick", "底鼓"),
    "sound.kind.snare": ("snare", "军鼓"),
    "sound.kind.closed hat": ("closed hat", "闭镲"),
    "sound.kind.open hat": ("open hat", "开镲"),
    "sound.kind.tom": ("tom", "嗵鼓"),
    "sound.kind.clap": ("clap", "拍手"),
    "sound.kind.rim": ("rim", "鼓边"),
    # the step sequencer
    "beat.play": ("Play or stop the beat (Space)", "播放或停止节奏（空格）"),
    "beat.tempo": ("Tempo", "速度"),
    "beat.tempo.unit": ("bpm", "拍/分"),
    "beat.swing": ("Swing", "摇摆"),
    "beat.swing.tip": (
        "Where every second step falls between its neighbours: 50 % is straight, 66 % triplets",
        "每个第二步落在前后两步之间的位置：50% 为平均，66% 为三连音",
    ),
    "beat.presets": ("Beats to start from", "现成的节奏"),
    "beat.preset.rock": ("Rock", "摇滚"),
    "beat.preset.house": ("House", "浩室"),
    "beat.preset.hiphop": ("Hip-hop", "嘻哈"),
    "beat.random": ("Random", "随机"),
    "beat.clear": ("Clear", "清空"),
    "beat.save": ("Save loop", "保存循环"),
    "beat.save.tip": ("One seamless bar as WAV", "一小节，首尾相接，WAV 格式"),
    "beat.grid": (
        "Sixteen steps; arrows move, Enter or a click sets one",
        "十六步；方向键移动，回车或点击设置",
    ),
    "beat.step": ("{name}, step {step}", "{name}，第 {step} 步"),
    "beat.hear": ("Hear {name}", "试听{name}"),
    "beat.other": (
        "{name} is played by pad {key}, its sound {i} of {n}: take the next",
        "{name}由鼓垫 {key} 演奏，第 {i} 个声音，共 {n} 个：换下一个",
    ),
    # a number said aloud
    "voice.number": ("Say a number", "念一个号码"),
    "voice.number.aria": ("A number of up to 24 digits", "最多 24 位数字的号码"),
    "voice.speaker": ("Voice", "嗓音"),
    "voice.say": ("Say it", "念出来"),
    "voice.said": ("“{text}”, by {speaker}", "“{text}”，{speaker} 的嗓音"),
    "voice.said.hint": (
        "Each digit has a seed of its own, so two fives differ. A new seed speaks anew; ψ below 1 speaks more "
        "like the average.",
        "每个数字都有自己的种子，所以两个五并不相同。换种子就会重念；ψ 小于 1 时更接近平均嗓音。",
    ),
    # another voice
    "voice.title": ("Your voice, another voice", "你的声音，另一种嗓音"),
    "voice.lead": (
        "Say one digit in English. The model looks for the nearest sound that it can make, and says it again "
        "as someone else.",
        "用英语说一个数字。模型会寻找自己能发出的最接近的声音，再用另一个人的嗓音说一遍。",
    ),
    "voice.record": ("Record", "录音"),
    "voice.record.stop": ("Stop", "停止"),
    "voice.file": ("Choose a file", "选择文件"),
    "voice.sample": ("Use a sample of the model", "用模型自己的样本"),
    "voice.speak": ("Now say a digit…", "现在说一个数字……"),
    "voice.clip.mic": ("Your recording", "你的录音"),
    "voice.clip.sample": ("A sample of the model, seed {seed}", "模型的样本，种子 {seed}"),
    "voice.clip.none": ("No sound chosen yet", "还没有选择声音"),
    "voice.drop": ("or drop a sound here", "或把声音拖到这里"),
    "voice.digit": ("What is said", "说的是"),
    "voice.digit.any": ("find out", "由模型判断"),
    "voice.target": ("Say it as", "改用嗓音"),
    "voice.go": ("Say it in that voice", "用这种嗓音说"),
    "voice.busy": (
        "Looking for it inside the model… {s} s (five to thirty)",
        "正在模型内部寻找……{s} 秒（约五到三十秒）",
    ),
    "voice.asked": ("What came", "收到的"),
    "voice.own": ("The model's nearest", "模型最接近的声音"),
    "voice.other": ("The same as {speaker}", "换成 {speaker}"),
    "voice.taken": (
        "Taken for “{digit}” by {speaker}. Then only the class's part of the latent was exchanged: timing and "
        "melody stay.",
        "被当作 {speaker} 说的“{digit}”。之后只替换了潜在向量中属于类别的部分：节奏和语调不变。",
    ),
    "voice.play": ("Play or stop: {title}", "播放或停止：{title}"),
    "voice.save": ("Save {title} as WAV", "把{title}保存为 WAV"),
    "voice.noclip": (
        "Record a digit, choose a file, or use a sample of the model first.",
        "请先录一个数字、选择文件，或用模型自己的样本。",
    ),
    "voice.mic.denied": (
        "The browser did not give the microphone away. Allow it for this page (the icon beside the address), "
        "choose a file, or use a sample of the model.",
        "浏览器没有允许使用麦克风。请在地址栏旁的图标中允许，或选择文件，或用模型自己的样本。",
    ),
    "voice.mic.none": (
        "No microphone was found. Plug one in, choose a file, or use a sample of the model.",
        "没有找到麦克风。请接上一个，或选择文件，或用模型自己的样本。",
    ),
    "voice.mic.insecure": (
        "Browsers give a microphone only to pages under https or on this computer (localhost). Choose a file, "
        "or use a sample of the model.",
        "浏览器只对 https 或本机（localhost）页面开放麦克风。请选择文件，或用模型自己的样本。",
    ),
    "voice.mic.silent": (
        "Nothing was to be heard. Speak closer to the microphone and record again.",
        "什么也没听到。请靠近麦克风再录一次。",
    ),
    "voice.big": (
        "That file is over 8 MB; a second of sound is enough.",
        "文件超过 8 MB；一秒钟的声音就够了。",
    ),
}

# What the other tabs say of pictures, said of sounds, where a medium has words of its own.
OF_SOUNDS = (
    ("pictures", "sounds"), ("picture", "sound"), ("images", "sounds"), ("image", "sound"),
    ("Pictures", "Sounds"), ("Images", "Sounds"), ("Painted", "Made"), ("painted", "made"), ("paints", "makes"), ("paint", "make"),
    ("图片", "声音"), ("现画", "现做"), ("画出来的图", "生成的声音"), ("整张", "整段"), ("真图", "真实声音"), ("假图", "生成的声音"), ("张图", "段声音"), ("幅图", "段声音"),
    ("的图。", "的声音。"), ("你看到的图", "你听到的声音"), (" 张", " 段"), (" 幅", " 段"),
)  # fmt: skip
HEARD: dict[str, tuple[str, str]] = {
    "inside.open": ("Open a sound…", "打开一段声音…"),
    "inside.opacity": ("Map over the spectrogram", "声谱上的热力图"),
    "inside.net.g_self.what": (
        "Where each patch of the spectrogram looked while G made it: time runs to the right, pitch upwards.",
        "G 生成声谱的每个图块时，这个图块在看哪里：向右是时间，向上是音高。",
    ),
    "inside.net.g_cross.what": (
        "Latent tokens are made from the seed's z. Each map shows which patches read that one.",
        "潜在词元由种子的 z 生成。每张图显示哪些图块读取了这个潜在词元。",
    ),
    "train.bar.speed": ("{speed} sounds/s", "{speed} 段/秒"),
    "train.unit.speed": ("sounds/s", "段/秒"),
    "train.samples.hint": (
        "The same 16 seeds all the time, so every change is learning. Click one to hear it.",
        "始终是同样的 16 个种子，所以变化都是学习。点一下即可听。",
    ),
}


def of_sounds(words: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """`key.audio` for every key that has a `key.text`: HEARD's words, else the picture's changed."""
    return derived(words, "audio", OF_SOUNDS, HEARD)


def derived(
    words: dict[str, tuple[str, str]],
    kind: str,
    swaps: tuple[tuple[str, str], ...],
    own: dict[str, tuple[str, str]],
) -> dict[str, tuple[str, str]]:
    """`key.kind` for every key that has a `key.text`, unless it is there: own words, else swapped."""
    found = {}
    for key in (k[:-5] for k in words if k.endswith(".text") and k[:-5] in words):
        pair = words[key]
        for old, new in swaps:
            pair = tuple(text.replace(old, new) for text in pair)
        found[f"{key}.{kind}"] = pair
    found |= {f"{key}.{kind}": pair for key, pair in own.items()}
    return {key: pair for key, pair in found.items() if key not in words}
