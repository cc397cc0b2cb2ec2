// The pages before a real ippo with the simulated shop. All walks share one: those that need no incident go first, while one
// comes about, and the one that ends the shop is the last.
import "./real/logs.mjs";
import "./real/sql.mjs";
import "./real/metric.mjs";
import "./real/pages.mjs";
import "./real/suggest.mjs";
import "./real/again.mjs";
