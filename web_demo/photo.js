/**
 * Photos come onto the paper: picked, taken by the camera, pasted or dropped.
 *
 * @module
 */

// Larger ones are more than a phone's canvas holds; the preparation makes them smaller anyway.
const MAX_SIDE_PX = 2_048;

/**
 * @param {object} places
 * @param {HTMLInputElement[]} places.inputs for files
 * @param {HTMLElement} places.target that says that it takes what is dropped
 * @param {(photo: HTMLCanvasElement) => void} onPhoto
 * @param {() => void} onFailure called for a file that is no picture
 */
export function takePhotos({ inputs, target }, onPhoto, onFailure) {
  const take = (/** @type {FileList | null | undefined} */ files) => {
    if (files?.length) {
      decode(files[0]).then(onPhoto, onFailure);
    }
  };
  for (const input of inputs) {
    const takePicked = () => {
      take(input.files);
      input.value = ""; // The same file once more is a change again.
    };
    input.addEventListener("change", takePicked);
    takePicked(); // It may have been picked before this file was there.
  }
  document.addEventListener("paste", ({ clipboardData }) => take(clipboardData?.files));
  acceptDrops(target, take);
}

/**
 * @param {HTMLElement} target
 * @param {(files: FileList | undefined) => void} take
 */
function acceptDrops(target, take) {
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      target.classList.add("dropping");
    }
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) {
      target.classList.remove("dropping");
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    target.classList.remove("dropping");
    take(event.dataTransfer?.files);
  });
}

/**
 * @param {File} file
 * @returns {Promise<HTMLCanvasElement>} turned as the camera was held
 */
async function decode(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d", { willReadFrequently: true })?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}
