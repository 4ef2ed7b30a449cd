// Charts with values: a slider below each one, and the pointer over it, choose a column; its values are written above.
// Without a script the chart, its legend and its summary stand as they are.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  const text = (value, decimals) =>
    value === null || value === undefined
      ? "–"
      : (value / 10 ** decimals).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

  // Numbers come as what each adds to the one before.
  const summed = (steps) => {
    let sum = 0;
    return steps.map((step) => (step === null ? null : (sum += step)));
  };

  const day = (number) => new Date(number * 86400000).toISOString().slice(0, 10);

  const attach = (figure) => {
    if (figure.querySelector(".chart-slider")) return;
    const block = figure.querySelector('script[type="application/json"]');
    const canvas = figure.querySelector("svg.chart-canvas");
    if (!block || !canvas) return;
    const data = JSON.parse(block.textContent);
    const names = summed(data.days).map(day);
    const rows = data.series.map((series) => ({ ...series, values: summed(series.steps) }));
    const last = names.length - 1;
    if (last < 1) return;

    const readout = document.createElement("output");
    readout.className = "chart-readout";
    canvas.parentNode.before(readout);

    const slider = document.createElement("input");
    slider.type = "range";
    slider.className = "chart-slider";
    slider.min = "0";
    slider.max = String(last);
    slider.value = String(last);
    slider.setAttribute("aria-label", figure.dataset.chartLabel || "");
    canvas.parentNode.after(slider);

    const line = document.createElementNS(SVG, "line");
    line.setAttribute("class", "crosshair");
    line.setAttribute("y1", "0");
    line.setAttribute("y2", canvas.getAttribute("height"));
    canvas.append(line);

    const show = (index) => {
      const x = ((index + 0.5) / names.length) * 100 + "%";
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      const values = rows.map((series) => {
        const part = document.createElement("span");
        const value = document.createElement("b");
        value.textContent = text(series.values[index], series.decimals);
        part.append(series.name + " ", value);
        return part;
      });
      const name = document.createElement("b");
      name.textContent = names[index];
      readout.replaceChildren(name, ...values);
      slider.setAttribute("aria-valuetext", readout.innerText.replace(/\s+/g, " "));
    };

    slider.addEventListener("input", () => show(Number(slider.value)));
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const place = Math.floor(((event.clientX - box.left) / box.width) * names.length);
      const index = Math.min(last, Math.max(0, place));
      slider.value = String(index);
      show(index);
    });
    show(last);
  };

  const attachAll = () => document.querySelectorAll("figure[data-chart]").forEach(attach);
  attachAll();
  // Live parts replace what is in them.
  document.addEventListener("renewed", attachAll);
})();
