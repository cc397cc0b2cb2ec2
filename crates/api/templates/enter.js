// Presses the page's one button, so that a person who opened the link need not. Without scripts the button is there.
document.getElementById("enter").requestSubmit();
