// What the Sound tab's canvases share, as tgan.sound: samples, WAVs and one audio context.
const sound = (tgan.sound = {});
let context = null;
// made at the first touch: an earlier one stays silent in most browsers
sound.context = () => {
  context ??= new AudioContext({latencyHint: 'interactive'});
  if (context.state !== 'running') context.resume();
  return context;
};
const ends = new WeakMap();
// many drums at once stay under full scale
sound.out = (context) => {
  if (!ends.has(context)) {
    const press = new DynamicsCompressorNode(context, {
      threshold: -9,
      knee: 6,
      ratio: 8,
      attack: 0.002,
      release: 0.09,
    });
    const gain = new GainNode(context, {gain: 0.8});
    press.connect(gain).connect(context.destination);
    ends.set(context, press);
  }
  return ends.get(context);
};
// 16-bit samples -> what Web Audio plays
sound.buffer = (base64, rate) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const samples = new Int16Array(bytes.buffer);
  const buffer = new AudioBuffer({
    length: Math.max(1, samples.length),
    numberOfChannels: 1,
    sampleRate: rate,
  });
  buffer.getChannelData(0).set(Float32Array.from(samples, (v) => v / 32768));
  return buffer;
};
// one channel of floats -> a WAV file
sound.wav = (samples, rate) => {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) =>
    [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((v, i) =>
    view.setInt16(44 + 2 * i, Math.max(-32768, Math.min(32767, Math.round(v * 32768))), true),
  );
  return new Blob([view], {type: 'audio/wav'});
};
