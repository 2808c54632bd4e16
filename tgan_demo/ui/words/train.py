"""The words of the Train tab: run, dashboard, tour. Those of data and knobs are in words_knobs.py."""

from tgan_demo.ui.words.knobs import WORDS as KNOBS

WORDS: dict[str, tuple[str, str]] = {
    **KNOBS,
    # buttons
    "train.toolbar": ("Training", "训练"),
    "train.steps": ("Single steps", "单步"),
    "train.start": ("Start", "开始"),
    "train.pause": ("Pause", "暂停"),
    "train.resume": ("Resume", "继续"),
    "train.stop": ("Stop", "停止"),
    "train.stop.tip": (
        "End the run and keep what it learned as a model",
        "结束训练，并把已学到的保存为模型",
    ),
    "train.step.d": ("Step D", "D 走一步"),
    "train.step.g": ("Step G", "G 走一步"),
    "train.step.both": ("Step both", "各走一步"),
    "train.step.d.tip": (
        "Pause, then let only the judge D learn from one batch",
        "暂停，然后只让评判者 D 学一批",
    ),
    "train.step.g.tip": (
        "Pause, then let only the painter G learn from one batch",
        "暂停，然后只让作画者 G 学一批",
    ),
    "train.step.both.tip": ("Pause, then one step of both", "暂停，然后双方各走一步"),
    "train.asked": ("Starting …", "正在开始…"),
    # where the run stands
    "train.idle": (
        "Nothing trains yet. Start takes what is chosen below.",
        "还没有训练。按“开始”即用下面的选择。",
    ),
    "train.state.queued": (
        "“{title}” waits: place {place} in the queue, about {wait} to go.",
        "“{title}”在排队：第 {place} 位，大约还要 {wait}。",
    ),
    "train.state.preparing": (
        "“{title}”: preparing the pictures and the networks …",
        "“{title}”：正在准备图片和网络…",
    ),
    "train.state.running": (
        "“{title}” trains: step {step}, {left} left.",
        "“{title}”训练中：第 {step} 步，还剩 {left}。",
    ),
    "train.state.paused": (
        "“{title}” is paused at step {step}. Step one player, or resume.",
        "“{title}”暂停在第 {step} 步。可单步，或继续。",
    ),
    "train.state.done": (
        "“{title}” is done and in Play: {nimg} images in {seconds}. Resume trains it further.",
        "“{title}”已完成，可在“玩”中使用：{nimg} 张图，用时 {seconds}。“继续”可接着训练。",
    ),
    "train.state.stopped": (
        "“{title}” was stopped at {nimg} images. What it learned is kept; Resume goes on.",
        "“{title}”停在 {nimg} 张图。所学已保存，可继续。",
    ),
    "train.state.failed": ("“{title}” ended by itself.", "“{title}”自行中止。"),
    "train.state.interrupted": ("“{title}” was interrupted.", "“{title}”被中断。"),
    # now
    "train.now": ("Now: 16 fixed seeds", "现在：16 个固定种子"),
    "train.seen": ("{nimg} images seen", "已看 {nimg} 张图"),
    "train.past": ("then: {nimg} images seen", "当时：已看 {nimg} 张图"),
    "train.empty": (
        "Press Start: sixteen pictures appear here and turn from blobs into strokes.",
        "按“开始”：这里会出现十六幅图，从模糊的斑点慢慢变成笔画。",
    ),
    "train.soon": ("The first pictures are on their way.", "第一批图片马上就到。"),
    "train.samples.aria": (
        "{n} samples of the averaged generator after step {step}",
        "第 {step} 步后平均生成器的 {n} 个样本",
    ),
    "train.samples.hint": (
        "The same 16 seeds all the time, so every change is learning. Click a patch of the first picture.",
        "始终是同样的 16 个种子，所以变化都是学习。点击第一幅图的一个图块。",
    ),
    "train.attention": ("Where G looks", "G 在看哪里"),
    "train.attention.aria": (
        "Attention of one patch; arrow keys move it.",
        "一个图块的注意力；方向键移动。",
    ),
    "train.layer": ("Layer", "层"),
    "train.head": ("Head", "头"),
    "train.layer.n": ("layer {n}", "第 {n} 层"),
    "train.head.n": ("head {n}", "第 {n} 头"),
    "train.head.mean": ("all heads", "全部头"),
    "train.look": (
        "In layer {layer} the framed patch (row {row}, column {col}) looks most at row {row2}, column {col2}.",
        "在第 {layer} 层，框中的图块（{row} 行 {col} 列）最关注 {row2} 行 {col2} 列。",
    ),
    "train.look.self": (
        "In layer {layer} the framed patch (row {row}, column {col}) looks most at itself.",
        "在第 {layer} 层，框中的图块（{row} 行 {col} 列）最关注它自己。",
    ),
    "train.look.even": (
        "In layer {layer} the framed patch (row {row}, column {col}) looks everywhere alike: it has not yet learned where.",
        "在第 {layer} 层，框中的图块（{row} 行 {col} 列）四处看得一样：它还没学会看哪里。",
    ),
    # how it goes
    "train.n.step": ("Steps", "步数"),
    "train.n.nimg": ("Images seen", "已看图片"),
    "train.n.speed": ("Speed", "速度"),
    "train.n.left": ("Time left", "剩余时间"),
    "train.n.took": ("Time taken", "用时"),
    "train.unit.speed": ("images/s", "张/秒"),
    "train.progress": ("Part of the budget that is used", "预算已用比例"),
    "train.real": ("real", "真"),
    "train.fake": ("fake", "假"),
    "train.chart.loss": ("Loss", "损失"),
    "train.chart.loss.info": (
        "Neither should win: two lines that stay apart but level are fine. Lower is better for its owner.",
        "谁也不该赢：两条线分开而平稳就好。对各自来说越低越好。",
    ),
    "train.chart.judge": ("D(real) and D(fake)", "D(真) 与 D(假)"),
    "train.chart.judge.info": (
        "The judge's verdict, a logit; higher is “more real”. The gap is what G still lacks.",
        "评判者的打分（logit），越高越“真”。差距就是 G 还欠缺的。",
    ),
    "train.chart.accuracy": ("D is right", "D 判对率"),
    "train.chart.accuracy.info": (
        "Pairs of real and fake that D orders rightly. Green, 65–85 %, is healthy; 50 % is guessing.",
        "D 把真假一对排对的比例。绿色 65–85 % 为健康；50 % 是瞎猜。",
    ),
    "train.chart.grad": ("Gradient norm", "梯度范数"),
    "train.chart.grad.info": (
        "How hard each step pulls, before clipping. Steady is good; a steep climb warns.",
        "每一步用力多大（裁剪之前）。平稳为好，陡升要当心。",
    ),
    "train.chart.gamma": ("Penalty weight γ", "惩罚权重 γ"),
    "train.chart.gamma.info": (
        "Of R1 and R2. Rises by itself when D is too sure, falls when D is lost.",
        "R1 与 R2 的权重。D 太自信时自动升高，D 迷茫时降低。",
    ),
    "train.health.none": ("No run yet.", "还没有训练。"),
    "train.health.starting": ("Just started: too early to judge.", "刚刚开始，尚难判断。"),
    "train.health.warm_start": (
        "Warm start: G learns as the decoder of a VAE while D waits. Then the adversarial game begins.",
        "排练：G 先学着重现真实样本，D 在等待。之后对抗才开始。",
    ),
    "train.health.healthy": (
        "Healthy: the two players are well matched.",
        "健康：双方势均力敌。",
    ),
    "train.health.nan": (
        "A number is no longer finite. Resume from the last good state with a lower learning rate.",
        "出现了非有限数。请用更低的学习率从上一个好状态继续。",
    ),
    "train.health.exploding": (
        "The gradients are exploding. Lower the learning rate, or turn clipping or a penalty on.",
        "梯度在爆炸。请降低学习率，或打开裁剪或惩罚。",
    ),
    "train.health.d_wins": (
        "D has won: it tells every fake, so G learns nothing. Raise R1 and R2, or lower D's learning rate.",
        "D 赢了：它识破所有假图，G 学不到东西。请提高 R1、R2，或降低 D 的学习率。",
    ),
    "train.health.d_ahead": (
        "D is far ahead. If this lasts, raise R1 and R2 or lower D's learning rate.",
        "D 遥遥领先。若持续如此，请提高 R1、R2 或降低 D 的学习率。",
    ),
    "train.health.d_dead": (
        "D sees no difference any more. Unless the pictures look perfect, the penalty is too strong: lower R1 and R2.",
        "D 已看不出差别。除非图片已很完美，否则惩罚过强：请降低 R1 和 R2。",
    ),
    "train.health.g_ahead": (
        "D is wrong more often than right: give D more steps or a higher rate.",
        "D 错多对少：给 D 更多步数或更高学习率。",
    ),
    "train.health.collapse": (
        "Collapse: G paints nearly the same picture for every seed. Try the relativistic loss with R1 and R2.",
        "坍缩：每个种子画出的几乎一样。试试带 R1、R2 的相对损失。",
    ),
    "train.health.copies": (
        "G wrote a training text word for word: “{detail}”. More data or a shorter run helps.",
        "G 逐字写出了一条训练文本：“{detail}”。更多数据或更短的训练会有帮助。",
    ),
    "train.health.silent": (
        "G writes nothing: every text ends before it begins.",
        "G 什么也没写：每条文本都还没开始就结束了。",
    ),
    "train.health.same_texts": (
        "Collapse: G writes the same text again and again: “{detail}”. Try more R1 and R2.",
        "坍缩：G 反复写同一条文本：“{detail}”。试试更大的 R1 和 R2。",
    ),
    "train.health.repeats": (
        "G repeats itself inside a text: {detail} of its tokens. Early on this is normal.",
        "G 在一条文本里重复自己：占其词元的 {detail}。早期这很正常。",
    ),
    "train.health.few_tokens": (
        "G uses few different tokens ({detail} in as many real texts): its vocabulary shrinks.",
        "G 用的不同词元很少（{detail}，后者是同样多真实文本里的）：词汇在缩小。",
    ),
    "train.health.samey": (
        "The samples are much alike. Early on this is normal; later it means collapse.",
        "样本彼此很像。初期正常，后期则意味着坍缩。",
    ),
    # what differs for text: page/words.js takes `key.text`, and for codes `key.codes` before it
    "train.state.preparing.text": (
        "“{title}”: preparing the texts and the networks …",
        "“{title}”：正在准备文本和网络…",
    ),
    "train.state.done.text": (
        "“{title}” is done and in Play: {nimg} texts in {seconds}. Resume trains it further.",
        "“{title}”已完成，可在“玩”中使用：{nimg} 条文本，用时 {seconds}。“继续”可接着训练。",
    ),
    "train.state.stopped.text": (
        "“{title}” was stopped at {nimg} texts. What it learned is kept; Resume goes on.",
        "“{title}”停在 {nimg} 条文本。所学已保存，可继续。",
    ),
    "train.seen.text": ("{nimg} texts seen", "已看 {nimg} 条文本"),
    "train.past.text": ("then: {nimg} texts seen", "当时：已看 {nimg} 条文本"),
    "train.soon.text": ("The first texts are on their way.", "第一批文本马上就到。"),
    "train.samples.hint.text": (
        "The same 16 seeds all the time, so every change is learning. Click a token of the first text.",
        "始终是同样的 16 个种子，所以变化都是学习。点击第一条文本的一个词元。",
    ),
    "train.samples.hint.codes": (
        "The same 16 seeds all the time, so every change is learning. G makes codes, a fixed "
        "autoencoder writes them out. Below: the codes of the first text, with the words each writes.",
        "始终是同样的 16 个种子，所以变化都是学习。G 生成编码，由固定的自编码器写出文字。"
        "下面是第一条文本的编码和各自写出的词。",
    ),
    "train.attention.aria.text": (
        "Attention of one token; arrow keys move it.",
        "一个词元的注意力；方向键移动。",
    ),
    "train.look.text": (
        "In layer {layer} the framed token (row {row}, column {col}) looks most at row {row2}, column {col2}.",
        "在第 {layer} 层，框中的词元（{row} 行 {col} 列）最关注 {row2} 行 {col2} 列。",
    ),
    "train.look.self.text": (
        "In layer {layer} the framed token (row {row}, column {col}) looks most at itself.",
        "在第 {layer} 层，框中的词元（{row} 行 {col} 列）最关注它自己。",
    ),
    "train.look.even.text": (
        "In layer {layer} the framed token (row {row}, column {col}) looks everywhere alike: it has not yet learned where.",
        "在第 {layer} 层，框中的词元（{row} 行 {col} 列）四处看得一样：它还没学会看哪里。",
    ),
    "train.look.codes": (
        "In layer {layer}, {code} looks most at {code2}.",
        "在第 {layer} 层，{code}最关注{code2}。",
    ),
    "train.look.self.codes": (
        "In layer {layer}, {code} looks most at itself.",
        "在第 {layer} 层，{code}最关注它自己。",
    ),
    "train.look.even.codes": (
        "In layer {layer}, {code} looks at all codes alike.",
        "在第 {layer} 层，{code}对所有编码看得一样。",
    ),
    "train.n.nimg.text": ("Texts seen", "已看文本"),
    "train.unit.speed.text": ("texts/s", "条/秒"),
    "train.bar.speed.text": ("{speed} texts/s", "{speed} 条/秒"),
    "train.history.n.text": ("{n} steps kept", "已存 {n} 步"),
    "train.history.at.text": ("{nimg} texts seen · {i}/{n}", "已看 {nimg} 条文本 · {i}/{n}"),
    "train.health.d_dead.text": (
        "D sees no difference any more. Unless the texts look perfect, the penalty is too strong: lower R1 and R2.",
        "D 已看不出差别。除非文本已很完美，否则惩罚过强：请降低 R1 和 R2。",
    ),
    "train.health.collapse.text": (
        "Collapse: G writes nearly the same text for every seed. Try the relativistic loss with R1 and R2.",
        "坍缩：每个种子写出的几乎一样。试试带 R1、R2 的相对损失。",
    ),
    "train.tour.generate.text.text": (
        "G turns noise into texts, {batch} at a time. These 16 come from noise that never changes, so what changes is G.",
        "G 把噪声变成文本，每次 {batch} 条。这 16 条的噪声从不改变，变的只有 G。",
    ),
    "train.tour.generate.try.text": (
        "Try: click a token and see where G looked to write it.",
        "试试：点击一个词元，看 G 写它时看了哪里。",
    ),
    "train.tour.judge.text.text": (
        "D looks at {batch} real and {batch} made-up texts and gives each a number. Now real ones get {d_real}, fakes {d_fake}.",
        "D 看 {batch} 条真文本和 {batch} 条编出来的文本，各给一个分数。现在真的得 {d_real}，假的得 {d_fake}。",
    ),
    "train.tour.repeat.text.text": (
        "The same again, thousands of times; this run is at step {step}. The texts that you see come from the average of G's latest weights.",
        "如此重复成千上万次；这次训练在第 {step} 步。你看到的文本来自 G 最近权重的平均。",
    ),
    # what differs for clips, whose tokens lie in time too
    "train.empty.video": (
        "Press Start: sixteen clips play here, first blobs, then things that move.",
        "按“开始”：这里会播放十六个片段，先是模糊的斑点，然后有东西动起来。",
    ),
    "train.samples.hint.video": (
        "The same 16 seeds all the time, so every change is learning. Click a patch of the first clip; the space "
        "bar holds all clips.",
        "始终是同样的 16 个种子，所以变化都是学习。点击第一个片段的一个图块；按空格停住所有片段。",
    ),
    "train.history.n.video": ("{n} moments kept", "已存 {n} 个时刻"),
    "train.look.video": (
        "In layer {layer} the framed patch (step {step}, row {row}, column {col}) looks most at step {step2}, "
        "row {row2}, column {col2}.",
        "在第 {layer} 层，框中的图块（第 {step} 步，{row} 行 {col} 列）最关注第 {step2} 步 {row2} 行 {col2} 列。",
    ),
    "train.look.self.video": (
        "In layer {layer} the framed patch (step {step}, row {row}, column {col}) looks most at itself.",
        "在第 {layer} 层，框中的图块（第 {step} 步，{row} 行 {col} 列）最关注它自己。",
    ),
    "train.look.even.video": (
        "In layer {layer} the framed patch (step {step}, row {row}, column {col}) looks everywhere alike, in "
        "time too: it has not yet learned where.",
        "在第 {layer} 层，框中的图块（第 {step} 步，{row} 行 {col} 列）四处看得一样，时间上也是：它还没学会看哪里。",
    ),
    # history, bar, runs
    "train.history": ("History", "历史"),
    "train.history.play": ("Play the history", "播放历史"),
    "train.history.aria": ("Earlier pictures of this run", "这次训练的早先图片"),
    "train.history.live": ("Back to now", "回到现在"),
    "train.history.n": ("{n} pictures kept", "已存 {n} 幅"),
    "train.history.at": ("{nimg} images seen · {i}/{n}", "已看 {nimg} 张 · {i}/{n}"),
    "train.bar.queued": (
        "“{title}” waits: place {place}, about {wait}",
        "“{title}”排队第 {place} 位，约 {wait}",
    ),
    "train.bar.preparing": ("preparing “{title}”", "准备“{title}”"),
    "train.bar.running": ("training “{title}”", "正在训练“{title}”"),
    "train.bar.paused": ("“{title}” is paused", "“{title}”已暂停"),
    "train.bar.step": ("step {step}", "第 {step} 步"),
    "train.bar.speed": ("{speed} images/s", "{speed} 张/秒"),
    "train.bar.left": ("{left} left", "剩 {left}"),
    "train.bar.right": ("D right {percent} %", "D 判对 {percent} %"),
    "train.bar.open": ("Open", "打开"),
    "train.bar.pause": ("Pause", "暂停"),
    "train.bar.resume": ("Resume", "继续"),
    "train.runs": ("Your runs and models", "你的训练与模型"),
    "train.runs.none": (
        "Nothing yet. What you train, upload or fetch stands here, seen by you only.",
        "还没有。你训练、上传或获取的都会列在这里，仅你可见。",
    ),
    "train.runs.queued": (
        "place {place} in the queue, about {wait}",
        "排队第 {place} 位，约 {wait}",
    ),
    "train.runs.preparing": ("preparing", "准备中"),
    "train.runs.running": ("training", "训练中"),
    "train.runs.paused": ("paused", "已暂停"),
    "train.runs.done": ("done", "已完成"),
    "train.runs.stopped": ("stopped", "已停止"),
    "train.runs.failed": ("ended by itself", "自行中止"),
    "train.runs.interrupted": ("interrupted; can be resumed", "被中断，可继续"),
    "train.runs.model": ("model", "模型"),
    "train.disk": ("{used} of {quota} MB used", "已用 {used} / {quota} MB"),
    "train.play": ("Open in Play", "在“玩”中打开"),
    "train.download": ("Download", "下载"),
    "train.rename": ("Rename", "改名"),
    "train.delete": ("Delete", "删除"),
    "train.sure": ("Really delete?", "确定删除？"),
    "train.take": ("Upload a model (.zip from Download)", "上传模型（“下载”所得的 .zip）"),
    "train.hub.model": ("Hugging Face model, owner/name", "Hugging Face 模型，owner/name"),
    # tour
    "train.tour.open": ("How does this work? Six steps", "这是怎么回事？六个步骤"),
    "train.tour.back": ("Back", "上一步"),
    "train.tour.next": ("Next", "下一步"),
    "train.tour.done": ("Done", "完成"),
    "train.tour.close": ("Close the tour", "关闭导览"),
    "train.tour.init": ("Initialise", "初始化"),
    "train.tour.init.text": (
        "Two networks start with random numbers (seed {seed}): a painter G that has never seen a picture, and a judge D that has no taste.",
        "两个网络从随机数（种子 {seed}）开始：从没见过图的作画者 G，和没有品味的评判者 D。",
    ),
    "train.tour.init.try": (
        "Try: choose a start and a preset here, then press Start.",
        "试试：在这里选择起点和预设，然后按“开始”。",
    ),
    "train.tour.generate": ("Generate", "生成"),
    "train.tour.generate.text": (
        "G turns noise into pictures, {batch} at a time. These 16 come from noise that never changes, so what changes is G.",
        "G 把噪声变成图片，每次 {batch} 张。这 16 张的噪声从不改变，变的只有 G。",
    ),
    "train.tour.generate.try": (
        "Try: click a patch of the first picture and see where G looked to paint it.",
        "试试：点击第一幅图的一个图块，看 G 画它时看了哪里。",
    ),
    "train.tour.judge": ("Judge", "评判"),
    "train.tour.judge.text": (
        "D looks at {batch} real and {batch} painted pictures and gives each a number. Now real ones get {d_real}, fakes {d_fake}.",
        "D 看 {batch} 张真图和 {batch} 张画出来的图，各给一个分数。现在真图得 {d_real}，假图得 {d_fake}。",
    ),
    "train.tour.judge.try": (
        "Watch: a wide gap means that D sees through G.",
        "观察：差距大说明 D 看穿了 G。",
    ),
    "train.tour.losses": ("Losses", "损失"),
    "train.tour.losses.text": (
        "From those numbers each player gets a loss: how badly it did. D has {loss_d}, G has {loss_g}.",
        "由这些分数算出双方的损失，即各自有多失败。D 是 {loss_d}，G 是 {loss_g}。",
    ),
    "train.tour.losses.try": (
        "Note: one's gain is the other's loss, so falling to zero is not the aim here; balance is.",
        "注意：此消彼长，所以目标不是降到零，而是平衡。",
    ),
    "train.tour.update": ("Update", "更新"),
    "train.tour.update.text": (
        "Each network moves its weights a little against its own loss: D {d_steps}× for each step of G, while the other holds still.",
        "每个网络朝减小自己损失的方向微调权重：G 每一步，D 走 {d_steps} 步，另一方保持不动。",
    ),
    "train.tour.update.try": (
        "Try: Step D a few times and the gap opens; Step G and it closes.",
        "试试：按几次“D 走一步”，差距拉大；按“G 走一步”，差距缩小。",
    ),
    "train.tour.repeat": ("Repeat", "重复"),
    "train.tour.repeat.text": (
        "The same again, thousands of times; this run is at step {step}. The pictures that you see come from the average of G's latest weights.",
        "如此重复成千上万次；这次训练在第 {step} 步。你看到的图来自 G 最近权重的平均。",
    ),
    "train.tour.repeat.try": (
        "Try: let it go on, and play the history below.",
        "试试：让它继续，然后播放下面的历史。",
    ),
}
