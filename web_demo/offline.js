/**
 * The page without a network, by the service worker sw.js: it keeps one whole version of the site. A newer one is
 * offered to the visitor and takes its place when they agree, or when the last page of the site is closed.
 *
 * @module
 */

/**
 * Begins to keep the site, once the page has loaded. Browsers and addresses that know no service worker just go on
 * with the network.
 *
 * @param {object} options
 * @param {(apply: () => void) => void} options.onUpdate a newer version is here; `apply` puts it in place and reloads all
 *   pages of the site
 * @returns {Promise<void>} when the worker is known to the browser
 */
export async function startOffline({ onUpdate }) {
  const workers = globalThis.navigator?.serviceWorker;
  if (!workers) {
    return;
  }
  await whenLoaded();
  try {
    const registration = await workers.register(new URL("sw.js", import.meta.url));
    offerUpdates(workers, registration, onUpdate);
  } catch (error) {
    console.info("This page needs its network:", error);
  }
}

/**
 * @param {ServiceWorkerContainer} workers
 * @param {ServiceWorkerRegistration} registration
 * @param {(apply: () => void) => void} onUpdate
 */
function offerUpdates(workers, registration, onUpdate) {
  // Without a controller the page came from the network: what is installed is what it shows.
  const isUpdate = () => registration.waiting !== null && workers.controller !== null;
  const offer = () => isUpdate() && onUpdate(() => registration.waiting?.postMessage("apply"));
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
  offer();
  // The pages of a site are of one version: each reloads when another one agreed.
  let wasControlled = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (wasControlled) {
      location.reload();
    }
    wasControlled = true;
  });
  // An installed page may stay open for weeks.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      registration.update().catch(() => undefined);
    }
  });
}

/** @returns {Promise<void>} when nothing is left to be loaded before the first answer */
function whenLoaded() {
  if (document.readyState === "complete") {
    return Promise.resolve();
  }
  return new Promise((resolve) => addEventListener("load", () => resolve(), { once: true }));
}
