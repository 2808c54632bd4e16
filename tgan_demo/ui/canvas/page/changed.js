// Which words of a text are not those of another: tgan.changed(text, before) gives [[part, isNew], ...] that make up
// the text. A Chinese character is a word; spaces belong to none. By the longest common subsequence of words.
const MOST = 400; // words; longer texts are not compared
const words = (text) => text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+|\s+/gu) ?? [];

tgan.changed = (text, before) => {
  const [now, old] = [words(text), words(before)];
  if (now.length > MOST || old.length > MOST) return [[text, false]];
  const common = now.map(() => Array(old.length + 1).fill(0)).concat([Array(old.length + 1).fill(0)]);
  for (let i = now.length - 1; i >= 0; i--)
    for (let j = old.length - 1; j >= 0; j--)
      common[i][j] =
        now[i] === old[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const parts = [];
  let j = 0;
  for (let i = 0; i < now.length; i++) {
    while (j < old.length && now[i] !== old[j] && common[i][j + 1] === common[i][j]) j++;
    const isSame = j < old.length && now[i] === old[j];
    if (isSame) j++;
    parts.push([now[i], !isSame && !!now[i].trim()]);
  }
  return parts;
};
