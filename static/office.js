// Head office: a name for the boxes that Django's autocomplete draws over a select.
(() => {
  "use strict";
  const nameBoxes = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const box = select.nextElementSibling?.querySelector(".select2-selection");
      const shown = box?.querySelector(".select2-selection__rendered");
      const words = select.labels[0]?.textContent.replace(/:\s*$/, "").trim() || select.getAttribute("aria-label");
      if (!box || !shown || !words) continue;
      shown.setAttribute("aria-label", words);
      box.setAttribute("aria-label", words);
      box.removeAttribute("aria-labelledby");
    }
  };
  window.django?.jQuery?.(nameBoxes); // after the boxes are drawn, which waits for the same
  document.addEventListener("formset:added", () => setTimeout(nameBoxes));
})();
