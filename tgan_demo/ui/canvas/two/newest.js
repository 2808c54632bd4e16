// One question at a time: asked again while an answer is on its way, it asks once more after it.
export const newest = (question) => {
  let asking = false;
  let again = false;
  return async () => {
    again = true;
    if (asking) return;
    asking = true;
    try {
      while (again) {
        again = false;
        await question();
      }
    } finally {
      asking = false;
    }
  };
};
