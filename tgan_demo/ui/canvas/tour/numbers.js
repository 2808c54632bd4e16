// The numbers in a tour's sentences: of the live run, or of what is drawn now.
const last = (values) => {
  const known = (values ?? []).filter((v) => v !== null);
  return known.length ? known[known.length - 1].toFixed(2) : '?';
};

export function ofRun() {
  const {run} = tgan;
  const now = tgan.training?.now ?? (() => '?');
  return {
    batch: now('batch_size'),
    seed: now('seed'),
    d_real: last(run?.d_real),
    d_fake: last(run?.d_fake),
    loss_d: last(run?.loss_d),
    loss_g: last(run?.loss_g),
    step: run ? tgan.whole(run.step) : 0,
    d_steps: now('d_steps'),
  };
}

export function ofDraw() {
  const {state} = tgan;
  return {title: tgan.titleOf(state?.model), seed: state?.seed, n: state?.count};
}
