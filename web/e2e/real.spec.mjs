// The pages before a real ippo with the simulated shop. The walks share one; what needs no incident goes first, while one
// comes about, and whoever stops the shop is last.
import "./real/pages.mjs";
