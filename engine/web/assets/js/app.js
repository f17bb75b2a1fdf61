// Every page. Works without: links are links, forms are forms; this makes them quick.
import htmx from "htmx.org";
import "./frame.js";
import "./keys.js";
import "./gate.js";
import "./inbox.js";
import "./form.js";
import "./viewer.js";
// Scripts of the administrators' pages have htmx look at what they put into a page.
window.htmx = htmx;
