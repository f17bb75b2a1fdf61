// The sheets of a document, drawn on canvases: pages of a PDF (pdf.js, loaded when the first one is opened), a picture.
// Nothing of a document becomes part of the page but pixels and words: no script, link, form or frame of it.
const RATIO = () => Math.min(devicePixelRatio || 1, 2);
const LARGEST = 16 * 1024 * 1024; // pixels of a canvas: phones refuse more
const STEP = 1.25, LEAST = 0.1, MOST = 6, MARGIN = 24;

class Picture {
  constructor(bitmap, name) {
    this.bitmap = bitmap;
    this.name = name;
    this.count = 1;
  }
  size() { return { width: this.bitmap.width, height: this.bitmap.height }; }
  most() { return 1; }
  paint(_, canvas) {
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.bitmap, 0, 0, canvas.width, canvas.height);
  }
  end() { this.bitmap.close(); }
}

class Paper {
  constructor(pdf, tools, name) {
    this.pdf = pdf;
    this.tools = tools;
    this.name = name;
    this.count = pdf.numPages;
  }
  async size(n) {
    const { width, height } = (await this.pdf.getPage(n)).getViewport({ scale: 96 / 72 });
    return { width, height };
  }
  most() { return MOST; }
  async paint(n, canvas, sheet, scale) {
    const page = await this.pdf.getPage(n);
    const own = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: canvas.width / own.width });
    await page.render({ canvas, viewport }).promise;
    const words = document.createElement("div");
    words.className = "words-pdf";
    sheet.style.setProperty("--total-scale-factor", (scale * 96) / 72);
    sheet.append(words);
    await new this.tools.TextLayer({ textContentSource: page.streamTextContent(), container: words, viewport: page.getViewport({ scale: (scale * 96) / 72 }) }).render();
    // A text of invisible words is read out and copied; an empty one is a scan.
    if (!words.textContent.trim()) words.remove();
  }
  end() { this.pdf.loadingTask.destroy(); }
}

async function paper(data, name, address) {
  const tools = await import(address);
  const beside = (what) => new URL(what, new URL(address, location.href)).href;
  tools.GlobalWorkerOptions.workerSrc = beside("worker.js");
  const task = tools.getDocument({
    data, wasmUrl: beside("./"), cMapUrl: beside("cmaps/"), cMapPacked: true, standardFontDataUrl: beside("standard_fonts/"),
    // The page's policy lets no code be made from data: neither WebAssembly nor functions from text.
    useWasm: false, isEvalSupported: false, enableXfa: false, maxImageSize: 100e6, verbosity: 0,
  });
  return new Paper(await task.promise, tools, name);
}

// Fetches a document as its link would. The error's message names what to say: signed-out, unknown, failed, broken.
export async function load(href, name, { pdf }, signal) {
  const answer = await fetch(href, { headers: { "X-Requested-With": "fetch" }, signal }).catch(() => { throw new Error("failed"); });
  if (answer.status === 401) throw new Error("signedOut");
  if (!answer.ok) throw new Error(answer.status === 404 ? "gone" : "failed");
  const type = (answer.headers.get("Content-Type") ?? "").split(";")[0];
  const drawn = type === "application/pdf" || /^image\/(png|jpeg|webp)$/.test(type);
  if (!drawn) { answer.body?.cancel(); throw new Error("unknown"); }
  const data = await answer.arrayBuffer().catch(() => { throw new Error("failed"); });
  try {
    if (type === "application/pdf") return await paper(data, name, pdf);
    return new Picture(await createImageBitmap(new Blob([data], { type })), name);
  } catch { throw new Error("broken"); }
}

export class Sheets {
  constructor(place, source) {
    this.place = place;
    this.source = source;
    this.fitted = true;
    this.seen = new IntersectionObserver((all) => all.forEach((one) => this.turn(one)), { root: place, rootMargin: "100% 0px" });
    this.resized = new ResizeObserver(() => { if (this.fitted && this.base && this.width !== place.clientWidth) this.fit(); });
  }

  // Pages are taken to be like the first until they are seen: a thick file need not be read to be opened.
  async lay() {
    this.base = await this.source.size(1);
    this.sheets = Array.from({ length: this.source.count }, (_, at) => {
      const sheet = document.createElement("div");
      sheet.className = "sheet-z";
      sheet.setAttribute("role", "group");
      sheet.setAttribute("aria-label", `${at + 1} / ${this.source.count}`);
      sheet.number = at + 1;
      sheet.natural = this.base;
      return sheet;
    });
    this.place.replaceChildren(...this.sheets);
    this.place.scrollTop = 0;
    this.fit();
    this.sheets.forEach((one) => this.seen.observe(one));
    this.resized.observe(this.place);
  }

  fit() {
    this.fitted = true;
    this.width = this.place.clientWidth;
    this.zoom(Math.min((this.width - MARGIN) / this.base.width, this.source.most()));
  }

  step(by) {
    this.fitted = false;
    this.zoom(this.scale * STEP ** by);
  }

  zoom(scale) {
    const { place } = this, at = place.scrollHeight ? (place.scrollTop + place.clientHeight / 2) / place.scrollHeight : 0;
    const first = !this.scale;
    this.scale = Math.max(LEAST, Math.min(MOST, scale));
    place.dataset.scale = Math.round(this.scale * 100);
    for (const sheet of this.sheets) {
      this.measure(sheet);
      sheet.painted = false;
      if (sheet.near) this.paint(sheet);
    }
    if (!first) place.scrollTop = at * place.scrollHeight - place.clientHeight / 2;
  }

  measure(sheet) {
    sheet.style.width = `${Math.floor(sheet.natural.width * this.scale)}px`;
    sheet.style.height = `${Math.floor(sheet.natural.height * this.scale)}px`;
  }

  turn({ target: sheet, isIntersecting: near }) {
    sheet.near = near;
    if (near && !sheet.painted) this.paint(sheet);
    // What is far away gives its memory back.
    if (!near) { sheet.replaceChildren(); sheet.painted = false; }
  }

  async paint(sheet) {
    sheet.painted = true;
    const scale = this.scale;
    sheet.natural = await this.source.size(sheet.number);
    if (this.over || scale !== this.scale) return;
    this.measure(sheet);
    const wide = sheet.natural.width * scale, high = sheet.natural.height * scale;
    const ratio = Math.min(RATIO(), Math.sqrt(LARGEST / (wide * high)));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.max(1, wide * ratio), height: Math.max(1, high * ratio) });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.source.count > 1 ? `${this.source.name}, ${sheet.number} / ${this.source.count}` : this.source.name);
    const fresh = document.createElement("div");
    fresh.className = "leaf-z";
    fresh.append(canvas);
    await this.source.paint(sheet.number, canvas, fresh, scale);
    if (this.over || scale !== this.scale || !sheet.near) return;
    sheet.replaceChildren(fresh);
    sheet.dataset.painted = "1";
  }

  end() {
    this.over = true;
    this.seen.disconnect();
    this.resized.disconnect();
    this.source.end();
  }
}
