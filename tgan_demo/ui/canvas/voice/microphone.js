// A recording by the microphone, which is let go of at its end, with its level where a browser can tell one.

// Records until `stop()` or so many seconds are over; `done` is the Blob. `loud` gets 0..1 with each
// frame; `context` makes an AudioContext. Throws where nothing can be recorded; the stream has ended then.
export function tape(stream, {seconds, context, loud}) {
  const free = () => stream.getTracks().forEach((track) => track.stop());
  try {
    const recorder = new MediaRecorder(stream);
    const parts = [];
    let hush = () => {};
    const done = new Promise((resolve) => {
      recorder.addEventListener('dataavailable', (event) => parts.push(event.data));
      recorder.addEventListener('stop', () => {
        free();
        hush();
        resolve(new Blob(parts, {type: recorder.mimeType}));
      });
    });
    const stop = () => {
      if (recorder.state !== 'inactive') recorder.stop();
    };
    recorder.start();
    hush = meter(stream, context, loud);
    setTimeout(stop, seconds * 1000);
    return {stop, done};
  } catch (error) {
    free();
    throw error;
  }
}

// Tells the level until the answer is called. A browser without Web Audio records without one.
function meter(stream, context, loud) {
  try {
    const ear = new AnalyserNode(context(), {fftSize: 512});
    const source = ear.context.createMediaStreamSource(stream);
    const heard = new Float32Array(512);
    let on = true;
    const look = () => {
      if (!on) return;
      ear.getFloatTimeDomainData(heard);
      loud(Math.min(1, 4 * heard.reduce((most, v) => Math.max(most, Math.abs(v)), 0)));
      requestAnimationFrame(look);
    };
    source.connect(ear);
    look();
    return () => {
      on = false;
      source.disconnect();
    };
  } catch {
    return () => {};
  }
}
