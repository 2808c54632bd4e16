// Plays one sound at a time: tgan.hear.
// Plays one sound at a time; `moved(share)` follows it, and is told null at its end.
let sounding = null;
tgan.hear = (src, seconds, moved = () => {}) => {
  sounding?.stop();
  const audio = new Audio(src);
  const mine = (sounding = {
    stop() {
      audio.pause();
      if (sounding === mine) sounding = null;
      moved(null);
    },
  });
  const follow = () => {
    if (sounding !== mine) return;
    if (audio.ended) return mine.stop();
    moved(Math.min(1, audio.currentTime / seconds));
    requestAnimationFrame(follow);
  };
  return audio.play().then(follow, () => mine.stop());
};
