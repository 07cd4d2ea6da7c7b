// Loaded before the page is drawn, so that a chosen theme is there from the first moment.
document.documentElement.dataset.theme = localStorage.getItem("wardround.theme") ?? "";
