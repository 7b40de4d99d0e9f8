// Modules do not load from a file; this is a plain script, so that it can say what to do instead.
if (location.protocol === "file:") {
  document.getElementById("unserved")?.removeAttribute("hidden");
  document.querySelectorAll(".desk, .sections").forEach((part) => part.setAttribute("hidden", ""));
}
