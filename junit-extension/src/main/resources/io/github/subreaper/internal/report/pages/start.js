{
  const main = document.querySelector("main");
  const lines = document.getElementById("lines").textContent;
  (document.documentElement.dataset.kind === "index" ? showIndex : showReport)(lines, main);
  document.documentElement.dataset.ready = "true";
}
