/**
 * One piece of work at a time, the newest wish wins: what is asked for meanwhile is done once, afterwards.
 *
 * @module
 */

/**
 * @param {() => Promise<void>} work takes the newest state of things whenever it begins
 * @returns {() => void} asks for it
 */
export function newestWins(work) {
  let isRunning = false;
  let isWanted = false;
  return async function ask() {
    isWanted = true;
    if (isRunning) {
      return;
    }
    isRunning = true;
    try {
      while (isWanted) {
        isWanted = false;
        await work();
      }
    } finally {
      isRunning = false;
    }
  };
}
