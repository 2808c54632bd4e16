"""Words of the Inside tab: key -> (English, 中文). Values stand in braces."""

WORDS: dict[str, tuple[str, str]] = {
    "inside.hear": ("Play the sound", "播放声音"),
    "inside.net": ("Which attention", "哪一种注意力"),
    # what differs for a text model: page/words.js takes `key.text` where there is one
    "inside.net.g_self.what.text": (
        "Where each word looked while G wrote it.",
        "G 写每个词元时，这个词元在看哪里。",
    ),
    "inside.net.g_cross.what.text": (
        "Latent tokens are made from the seed's z. Each map shows which words read that one.",
        "潜在词元由种子的 z 生成。每张图显示哪些词元读取了这个潜在词元。",
    ),
    "inside.net.d.what.text": (
        "Where D looked to judge. The CLS token gives the verdict; D reads each word with its neighbours.",
        "D 判断时看了哪里。CLS 词元给出判决；D 读每个词元时也读它的左右邻居。",
    ),
    # and for one whose tokens are the latent tokens of an autoencoder: `key.codes` before `key.text`
    "inside.code": ("code {n} (“{piece}”)", "第 {n} 个编码（“{piece}”）"),
    "inside.code.bare": ("code {n}", "第 {n} 个编码"),
    "inside.net.g_self.what.codes": (
        "G makes codes: the latent tokens of an autoencoder, which then writes the text. Attention is "
        "between codes; the words under each are those that it mostly writes.",
        "G 生成编码，即自编码器的潜在词元；自编码器再据此写出文字。注意力发生在编码之间；"
        "每个编码下面是主要由它写出的词。",
    ),
    "inside.net.g_cross.what.codes": (
        "Z tokens are made from the seed's z. Each map shows which codes read that one. Codes are the "
        "latent tokens of an autoencoder; the words under each are those that it mostly writes.",
        "z 词元由种子的 z 生成。每张图显示哪些编码读取了它。编码是自编码器的潜在词元；"
        "每个编码下面是主要由它写出的词。",
    ),
    "inside.net.d.what.codes": (
        "Where D looked to judge. The CLS token gives the verdict. D never sees words: attention is "
        "between codes (latent tokens), and the words under each are those that it mostly writes.",
        "D 判断时看了哪里。CLS 词元给出判决。D 从不看词：注意力发生在编码（潜在词元）之间；"
        "每个编码下面是主要由它写出的词。",
    ),
    "inside.why.uploaded.codes": (
        "G did not make this text: the autoencoder read it into codes, and only D can look at them.",
        "这段文字不是 G 生成的：自编码器把它读成编码，只有 D 能看它们。",
    ),
    "inside.wall.cross.codes": ("Z tokens", "z 词元"),
    "inside.latent.codes": ("z token {m}", "第 {m} 个 z 词元"),
    "inside.strongest.cross.codes": ("Strongest z token", "最强的 z 词元"),
    "inside.strongest.cross.what.codes": (
        "Follow the z token that the selected code reads most",
        "跟随所选编码读取最多的 z 词元",
    ),
    "inside.canvas.codes": (
        "The text's codes in {rows} rows of {columns}. Selected: {token}. Arrow keys move.",
        "文字的编码，{rows} 行 {columns} 列。已选：{token}。用方向键移动。",
    ),
    "inside.where.far.codes": ("mostly at {token} ({share} %)", "主要看{token}（{share} %）"),
    "inside.where.spread.codes": (
        "at about {n} codes; the strongest is {token} ({share} %)",
        "大约看 {n} 个编码；最强的是{token}（{share} %）",
    ),
    "inside.where.even.codes": ("at all codes, almost evenly", "几乎均匀地看所有编码"),
    "inside.says.cross.codes": (
        "{map}： {token} reads mostly {latent} ({share} %), which shapes {where}.",
        "{map}：{token}主要读取{latent}（{share} %），它影响{where}。",
    ),
    "inside.says.latent.codes": (
        "{map}： {latent} shapes {where}.",
        "{map}：{latent}影响{where}。",
    ),
    "inside.paints.all.codes": ("all codes alike", "所有编码，程度相近"),
    "inside.paints.region.codes": (
        "mostly {region} ({share} % of its work)",
        "主要是{region}（占 {share} %）",
    ),
    "inside.blame.codes": (
        "{code} gives it away most: without it D's logit rises by {by}.",
        "最露馅的是{code}：去掉它，D 的 logit 会升高 {by}。",
    ),
    "inside.blame.none.codes": (
        "No single code gives it away: D likes it best whole.",
        "没有哪个编码露馅：D 最喜欢完整的这一段。",
    ),
    "inside.reading": (
        "The whole text. Colour and number: the code that mostly writes these words.",
        "全文。颜色和编号表示主要写出这些词的编码。",
    ),
    "inside.reading.said": (
        "Written again from its codes alone it reads: “{text}”",
        "只凭编码重新写出来是：“{text}”",
    ),
    "inside.rollout.what.text": (
        "Rollout multiplies the mean maps of all layers, each mixed half and half with "
        "“stay where you are”. The token itself is off the scale.",
        "Rollout 把各层的平均图相乘，每层都与“留在原处”各占一半。词元自身超出色标。",
    ),
    "inside.strongest.cross.what.text": (
        "Follow the latent token that the selected word reads most",
        "跟随所选词元读取最多的潜在词元",
    ),
    "inside.canvas.text": (
        "The text in {rows} by {columns} tokens. Selected: {token}. Arrow keys move.",
        "文字分成 {rows} 行 {columns} 列词元。已选：{token}。用方向键移动。",
    ),
    "inside.where.left.text": (
        "mostly at the word before ({share} %)",
        "主要看前一个词元（{share} %）",
    ),
    "inside.where.right.text": (
        "mostly at the word after ({share} %)",
        "主要看后一个词元（{share} %）",
    ),
    "inside.where.up.text": (
        "mostly at the token above ({share} %)",
        "主要看上方的词元（{share} %）",
    ),
    "inside.where.down.text": (
        "mostly at the token below ({share} %)",
        "主要看下方的词元（{share} %）",
    ),
    "inside.where.around.text": (
        "around itself: {share} % within one token",
        "看自己周围：{share} % 在一格以内",
    ),
    "inside.where.opposite.text": (
        "mostly at the opposite point of the text ({share} %)",
        "主要看对面的位置（{share} %）",
    ),
    "inside.where.far.text": (
        "mostly at token ({row}, {column}), in the {region} ({share} %)",
        "主要看{region}的词元 ({row}, {column})（{share} %）",
    ),
    "inside.where.spread.text": (
        "at about {n} places; the strongest is token ({row}, {column}) in the {region} ({share} %)",
        "大约看 {n} 处；最强的是{region}的词元 ({row}, {column})（{share} %）",
    ),
    "inside.paints.all.text": ("the whole text alike", "整段文字，各处相近"),
    "inside.empty.text": (
        "No text yet: choose a model and a seed on the left.",
        "还没有文字：请在左侧选择模型和种子。",
    ),
    "inside.source.text": ("Which text", "哪一段文字"),
    "inside.source.uploaded.text": ("typed", "输入的"),
    "inside.why.uploaded.text": (
        "G did not write a typed text, so only D can look at it.",
        "输入的文字不是 G 写的，所以只有 D 能看它。",
    ),
    "inside.opacity.text": ("Map over the text", "文字上的热力图"),
    "inside.busy.upload.text": ("D is reading your text…", "D 正在读你的文字…"),
    "inside.verdict.above.text": (
        "D finds this more real than all {n} texts that G wrote.",
        "D 认为它比 G 写的全部 {n} 段文字都更真。",
    ),
    "inside.verdict.below.text": (
        "D finds this faker than all {n} texts that G wrote.",
        "D 认为它比 G 写的全部 {n} 段文字都更假。",
    ),
    "inside.verdict.within.text": (
        "D finds this more real than {below} of {n} texts that G wrote.",
        "D 认为它比 G 写的 {n} 段文字中的 {below} 段更真。",
    ),
    "inside.verdict.logit.text": (
        "logit {logit} · higher = more real · ticks: {n} generated texts, {low} to {high}",
        "logit {logit} · 越高越真 · 刻度：{n} 段生成的文字，{low} 到 {high}",
    ),
    "inside.verdict.caveat.text": (
        "D has only ever seen {data} and G's texts: on anything else its verdict means little.",
        "D 只见过 {data} 和 G 的文字：对别的文字，它的判决没有多少意义。",
    ),
    "inside.net.g_self": ("G · self-attention", "G · 自注意力"),
    "inside.net.g_cross": ("G · cross-attention", "G · 交叉注意力"),
    "inside.net.d": ("D · discriminator", "D · 判别器"),
    "inside.net.g_self.what": (
        "Where each patch of the picture looked while G painted it.",
        "G 画出每个图块时，这个图块在看哪里。",
    ),
    "inside.net.g_cross.what": (
        "Latent tokens are made from the seed's z. Each map shows which patches read that one.",
        "潜在词元由种子的 z 生成。每张图显示哪些图块读取了这个潜在词元。",
    ),
    "inside.net.d.what": (
        "Where D looked to judge. The CLS token gives the verdict; D's patches overlap (dashed).",
        "D 判断时看了哪里。CLS 词元给出判决；D 的图块相互重叠（虚线）。",
    ),
    "inside.source": ("Which picture", "哪一张图片"),
    "inside.source.generated": ("generated", "生成的"),
    "inside.source.uploaded": ("uploaded", "上传的"),
    "inside.open": ("Open a picture…", "打开图片…"),
    "inside.open.hint": ("or drop a photo on the picture", "或把照片拖到图片上"),
    "inside.why.cross": (
        "This model has no cross-attention: z enters it in other ways.",
        "这个模型没有交叉注意力：z 以其他方式进入。",
    ),
    "inside.why.uploaded": (
        "G did not paint an uploaded picture, so only D can look at it.",
        "上传的图片不是 G 画的，所以只有 D 能看它。",
    ),
    "inside.canvas": (
        "The picture in {rows} by {columns} patches. Selected: {token}. Arrow keys move.",
        "图片分成 {rows} 行 {columns} 列图块。已选：{token}。用方向键移动。",
    ),
    "inside.patch": ("patch ({row}, {column})", "图块 ({row}, {column})"),
    "inside.piece": ("“{piece}” (token {n})", "“{piece}”（第 {n} 个词元）"),
    "inside.type": ("Type or paste a text for D to judge", "输入或粘贴一段文字，让 D 判断"),
    "inside.type.go": ("Show D this", "让 D 判断"),
    "inside.blame": (
        "“{piece}” gives it away most: without it D's logit rises by {by}.",
        "最露馅的是“{piece}”：去掉它，D 的 logit 会升高 {by}。",
    ),
    "inside.blame.none": (
        "No single token gives it away: D likes it best whole.",
        "没有哪个词元露馅：D 最喜欢完整的这一段。",
    ),
    "inside.cls": ("CLS", "CLS"),
    "inside.cls.what": ("The CLS token: D reads its verdict from it", "CLS 词元：D 从它读出判决"),
    "inside.latent": ("latent token {m}", "潜在词元 {m}"),
    "inside.readout": ("{token}: {share} % of the attention", "{token}：占注意力的 {share} %"),
    "inside.readout.cross": (
        "{token}: {share} % of what it reads comes from {latent}",
        "{token}：读取内容的 {share} % 来自{latent}",
    ),
    "inside.opacity": ("Map over the picture", "图上的热力图"),
    "inside.same": ("One scale for all maps", "所有图用同一尺度"),
    "inside.scale.own": (
        "Each small map is scaled to its own largest weight.",
        "每张小图按各自的最大权重缩放。",
    ),
    "inside.scale.same": (
        "All maps share one scale: the far end is {top} %.",
        "所有图共用一个尺度：最强处为 {top} %。",
    ),
    "inside.wall": ("All layers and heads", "所有层和头"),
    "inside.wall.cross": ("Latent tokens", "潜在词元"),
    "inside.layer": ("Layer", "层"),
    "inside.head": ("Head", "头"),
    "inside.layer.n": ("layer {n}", "第 {n} 层"),
    "inside.head.n": ("head {n}", "第 {n} 头"),
    "inside.mean": ("mean", "平均"),
    "inside.rollout": ("All layers together (rollout)", "所有层合并(rollout)"),
    "inside.rollout.what": (
        "Rollout multiplies the mean maps of all layers, each mixed half and half with "
        "“stay where you are”. The patch itself is off the scale.",
        "Rollout 把各层的平均图相乘，每层都与“留在原处”各占一半。图块自身超出色标。",
    ),
    "inside.strongest": ("Strongest map", "最强的图"),
    "inside.strongest.what": (
        "Follow the map with the largest single weight",
        "跟随单个权重最大的图",
    ),
    "inside.strongest.cross": ("Strongest latent token", "最强的潜在词元"),
    "inside.strongest.cross.what": (
        "Follow the latent token that the selected patch reads most",
        "跟随所选图块读取最多的潜在词元",
    ),
    "inside.selected": ("Selected: {token}", "已选：{token}"),
    "inside.map": ("Layer {layer}, head {head}", "第 {layer} 层第 {head} 头"),
    "inside.map.strongest": (
        "Strongest map, layer {layer}, head {head}",
        "最强的图，第 {layer} 层第 {head} 头",
    ),
    "inside.map.rollout": ("All layers together", "所有层合并"),
    "inside.map.mean": ("Mean of all layers and heads", "所有层和头的平均"),
    "inside.map.heads": ("Layer {layer}, mean of its heads", "第 {layer} 层各头的平均"),
    "inside.map.layers": ("Head {head}, mean of all layers", "各层第 {head} 头的平均"),
    "inside.says.rollout": (
        "{map}, itself left out: {token} looks {where}.",
        "{map}（不算自己）：{token}{where}。",
    ),
    "inside.says": (
        "{map}： {token} looks {where}.",
        "{map}：{token}{where}。",
    ),
    "inside.where.even": ("everywhere, almost evenly", "几乎均匀地看所有地方"),
    "inside.where.self": ("mostly at itself ({share} %)", "主要看自己（{share} %）"),
    "inside.where.cls": ("mostly at the CLS token ({share} %)", "主要看 CLS 词元（{share} %）"),
    "inside.where.left": (
        "mostly at its left neighbour ({share} %)",
        "主要看左边的图块（{share} %）",
    ),
    "inside.where.right": (
        "mostly at its right neighbour ({share} %)",
        "主要看右边的图块（{share} %）",
    ),
    "inside.where.up": ("mostly at the patch above ({share} %)", "主要看上方的图块（{share} %）"),
    "inside.where.down": ("mostly at the patch below ({share} %)", "主要看下方的图块（{share} %）"),
    "inside.where.diagonal": (
        "mostly at a diagonal neighbour ({share} %)",
        "主要看斜对角的图块（{share} %）",
    ),
    "inside.where.around": (
        "around itself: {share} % within one patch",
        "看自己周围：{share} % 在一格以内",
    ),
    "inside.where.mirror": (
        "mostly at its mirror position, left–right ({share} %)",
        "主要看左右镜像位置（{share} %）",
    ),
    "inside.where.flip": (
        "mostly at its mirror position, top–bottom ({share} %)",
        "主要看上下镜像位置（{share} %）",
    ),
    "inside.where.opposite": (
        "mostly at the opposite point of the picture ({share} %)",
        "主要看对面的位置（{share} %）",
    ),
    "inside.where.row": ("along its own row ({share} %)", "沿着自己这一行看（{share} %）"),
    "inside.where.column": ("along its own column ({share} %)", "沿着自己这一列看（{share} %）"),
    "inside.where.far": (
        "mostly at patch ({row}, {column}), in the {region} ({share} %)",
        "主要看{region}的图块 ({row}, {column})（{share} %）",
    ),
    "inside.where.spread": (
        "at about {n} places; the strongest is patch ({row}, {column}) in the {region} ({share} %)",
        "大约看 {n} 处；最强的是{region}的图块 ({row}, {column})（{share} %）",
    ),
    "inside.says.cross": (
        "{map}： {token} reads mostly {latent} ({share} %), which paints {where}.",
        "{map}：{token}主要读取{latent}（{share} %），它画{where}。",
    ),
    "inside.says.latent": ("{map}： {latent} paints {where}.", "{map}：{latent}画{where}。"),
    "inside.paints.all": ("the whole picture alike", "整张图片，各处相近"),
    "inside.paints.region": (
        "mostly the {region} ({share} % of its work)",
        "主要是{region}（占 {share} %）",
    ),
    "inside.region.0": ("upper left", "左上"),
    "inside.region.1": ("upper middle", "中上"),
    "inside.region.2": ("upper right", "右上"),
    "inside.region.3": ("middle left", "左侧"),
    "inside.region.4": ("centre", "中央"),
    "inside.region.5": ("middle right", "右侧"),
    "inside.region.6": ("lower left", "左下"),
    "inside.region.7": ("lower middle", "中下"),
    "inside.region.8": ("lower right", "右下"),
    "inside.verdict": ("D's verdict", "D 的判决"),
    "inside.verdict.above": (
        "D finds this more real than all {n} pictures that G made.",
        "D 认为它比 G 生成的全部 {n} 张图片都更真。",
    ),
    "inside.verdict.below": (
        "D finds this faker than all {n} pictures that G made.",
        "D 认为它比 G 生成的全部 {n} 张图片都更假。",
    ),
    "inside.verdict.within": (
        "D finds this more real than {below} of {n} pictures that G made.",
        "D 认为它比 G 生成的 {n} 张图片中的 {below} 张更真。",
    ),
    "inside.verdict.alone": ("D has nothing to compare this with yet.", "D 还没有可以比较的对象。"),
    "inside.verdict.logit": (
        "logit {logit} · higher = more real · ticks: {n} generated pictures, {low} to {high}",
        "logit {logit} · 越高越真 · 刻度：{n} 张生成图片，{low} 到 {high}",
    ),
    "inside.verdict.fake": ("← faker", "← 更假"),
    "inside.verdict.real": ("more real →", "更真 →"),
    "inside.verdict.class": (
        "Judged as class “{name}”.",
        "按类别“{name}”判断。",
    ),
    "inside.verdict.best": (
        "Judged as every class; “{name}” suits D best.",
        "对每个类别都判断过；“{name}”最合 D 意。",
    ),
    "inside.verdict.caveat": (
        "D has only ever seen {data} and G's pictures: on anything else its verdict means little.",
        "D 只见过 {data} 和 G 的图片：对别的图片，它的判决没有多少意义。",
    ),
    "inside.formula": ("The formula, with these numbers", "公式与真实数字"),
    "inside.formula.close": ("Close the formula", "收起公式"),
    "inside.formula.where.g": ("G, layer {layer}, head {head}", "G，第 {layer} 层第 {head} 头"),
    "inside.formula.where.d": ("D, layer {layer}, head {head}", "D，第 {layer} 层第 {head} 头"),
    "inside.formula.q": (
        "{token} asks a question: its query, d = {d} numbers.",
        "{token}提出问题：它的查询向量，d = {d} 个数。",
    ),
    "inside.formula.dot": (
        "Every one of {n} keys answers: the dot product q·k, divided by √d = {root}, then softmax "
        "turns all of them into weights that sum to 100 %.",
        "{n} 个键逐一回答：点积 q·k 除以 √d = {root}，再经 softmax 变成总和为 100 % 的权重。",
    ),
    "inside.formula.key": ("key", "键"),
    "inside.formula.rest": ("{n} others", "其余 {n} 个"),
    "inside.formula.out": (
        "The weights mix the values: what {token} takes with it to the next step.",
        "权重把值混合起来：这就是{token}带到下一步的内容。",
    ),
    "inside.busy": ("Looking inside…", "正在查看内部…"),
    "inside.busy.upload": ("D is looking at your picture…", "D 正在看你的图片…"),
    "inside.empty": (
        "No picture yet: choose a model and a seed on the left.",
        "还没有图片：请在左侧选择模型和种子。",
    ),
    "inside.no_maps": (
        "This network has no attention maps to show.",
        "这个网络没有可显示的注意力图。",
    ),
    "inside.fetch": ("Fetching this token's maps…", "正在获取这个词元的图…"),
    # what differs for clips, whose tokens lie in time too
    "inside.clip": ("The clip, playing: click to hold or play", "正在播放的片段：点击可停住或播放"),
    "inside.frames": ("frames {from}–{to}", "第 {from}–{to} 帧"),
    "inside.patch.video": (
        "patch ({row}, {column}) of step {step}",
        "第 {step} 步的图块 ({row}, {column})",
    ),
    "inside.canvas.video": (
        "The clip in {steps} steps in time, each {rows} by {columns} patches. Selected: {token}. Arrow keys "
        "move, over the borders of steps too.",
        "片段分成 {steps} 个时间步，每步 {rows} 行 {columns} 列图块。已选：{token}。用方向键移动，可越过步的边界。",
    ),
    "inside.net.g_self.what.video": (
        "Where each patch looked while G made the clip: in its own frames, before and after. Each picture is "
        "the middle of a step in time; a token is one patch through all frames of its step.",
        "G 生成片段时每个图块在看哪里：自己这几帧，还是之前、之后。每幅图是一个时间步的中间一帧；"
        "一个词元是一个图块贯穿这一步的所有帧。",
    ),
    "inside.net.g_cross.what.video": (
        "Latent tokens are made from what the seed's z says of who is seen; how it moves enters in another "
        "way, step by step. Each map shows which patches of which step read that one.",
        "潜在词元由种子的 z 中表示“画面里是谁”的部分生成；怎样动则以另一种方式逐步进入。"
        "每张图显示哪一步的哪些图块读取了它。",
    ),
    "inside.net.d.what.video": (
        "Where D looked to judge. The CLS token gives the verdict; D's patches overlap (dashed), and reach one "
        "frame into the steps before and after.",
        "D 判断时看了哪里。CLS 词元给出判决；D 的图块相互重叠（虚线），并伸入前后两步各一帧。",
    ),
    "inside.open.video": ("Open a clip…", "打开一个片段…"),
    "inside.open.hint.video": (
        "or drop an MP4, WebM, GIF or animated WebP on the film strip",
        "或把 MP4、WebM、GIF 或动态 WebP 拖到胶片上",
    ),
    "inside.opacity.video": ("Map over the frames", "画面上的热力图"),
    "inside.where.before.video": (
        "mostly at its own place, one step before ({share} %)",
        "主要看前一步的同一位置（{share} %）",
    ),
    "inside.where.after.video": (
        "mostly at its own place, one step after ({share} %)",
        "主要看后一步的同一位置（{share} %）",
    ),
    "inside.where.earlier.video": (
        "mostly at its own place, {n} steps before ({share} %)",
        "主要看 {n} 步之前的同一位置（{share} %）",
    ),
    "inside.where.later.video": (
        "mostly at its own place, {n} steps after ({share} %)",
        "主要看 {n} 步之后的同一位置（{share} %）",
    ),
    "inside.where.along.video": (
        "along time at its own place ({share} % in other steps)",
        "沿时间看自己的位置（其他步占 {share} %）",
    ),
    "inside.where.now.video": (
        "within its own frames ({share} %)",
        "主要看自己这几帧（{share} %）",
    ),
    "inside.where.step.video": (
        "mostly at step {step} ({share} %)",
        "主要看第 {step} 步（{share} %）",
    ),
    "inside.where.past.video": ("back in time ({share} % before it)", "往回看（之前占 {share} %）"),
    "inside.where.next.video": ("ahead in time ({share} % after it)", "往后看（之后占 {share} %）"),
    "inside.where.opposite.video": (
        "mostly at the opposite point of its frames ({share} %)",
        "主要看同几帧中对面的位置（{share} %）",
    ),
    "inside.where.far.video": (
        "mostly at patch ({row}, {column}) of step {step}, in the {region} ({share} %)",
        "主要看第 {step} 步{region}的图块 ({row}, {column})（{share} %）",
    ),
    "inside.where.spread.video": (
        "at about {n} places; the strongest is patch ({row}, {column}) of step {step}, in the {region} "
        "({share} %)",
        "大约看 {n} 处；最强的是第 {step} 步{region}的图块 ({row}, {column})（{share} %）",
    ),
    "inside.paints.step.video": (
        "mostly step {step} ({share} % of its work)",
        "主要是第 {step} 步（占 {share} %）",
    ),
    "inside.says.cross.video": (
        "{map}： {token} reads mostly {latent} ({share} %), which shapes {where}.",
        "{map}：{token}主要读取{latent}（{share} %），它影响{where}。",
    ),
    "inside.says.latent.video": (
        "{map}： {latent} shapes {where}.",
        "{map}：{latent}影响{where}。",
    ),
}
