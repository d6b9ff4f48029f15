import type { Flow, FlowNode } from '../data/index.ts'
import { printable } from '../printable.ts'
import type { Redactor } from '../security/redact.ts'
import { jobHref, shortId, type View } from '../view.ts'
import { layOut, NODE_HEIGHT, NODE_WIDTH, type Placed } from './graph-layout.ts'
import { Icon } from './icons.tsx'

/** Jobs and who waits for whom. The same stands in a list beside it, for who cannot see it. */
export function Graph({ v, flow, hide }: { v: View; flow: Flow; hide: Redactor }) {
  const { placed, width, height } = layOut(flow.nodes, flow.edges)
  const places = new Map(placed.map((each) => [each.node.ref, each]))
  return (
    // biome-ignore lint/a11y/useSemanticElements: what HTML offers for a group cannot be a picture
    <svg
      class="graph"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={v.t.flows.graph(flow.nodes.length, flow.edges.length)}
    >
      {flow.edges.map(({ from, to, isOpen }) => {
        const [parent, child] = [places.get(from), places.get(to)]
        if (!parent || !child) return null
        const isCritical = parent.node.isCritical && child.node.isCritical
        return (
          <path
            class={`edge ${isOpen ? 'open' : ''} ${isCritical ? 'critical' : ''}`}
            d={curve(parent, child)}
          />
        )
      })}
      {placed.map((each) => (
        <Node v={v} place={each} hide={hide} />
      ))}
    </svg>
  )
}

function Node({ v, place: { node, x, y }, hide }: { v: View; place: Placed<FlowNode>; hide: Redactor }) {
  const state = node.state === 'gone' ? v.t.gone : v.t.states[node.state]
  const name = printable(hide.text(node.preview || node.func || shortId(node.id)))
  const took = node.ranMs === null ? '' : ` · ${v.format.duration(node.ranMs)}`
  return (
    <a href={jobHref(v, node)}>
      <g
        class={`node s-${node.state} ${node.isCritical ? 'critical' : ''}`}
        transform={`translate(${x.toFixed(0)} ${y.toFixed(0)})`}
      >
        <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx="7">
          <title>{`${name} · ${shortId(node.id)} · ${state}`}</title>
        </rect>
        <g transform="translate(10 15)">
          <Icon name={node.state} size={14} />
        </g>
        <text x="31" y="19">
          {clip(name, 24)}
        </text>
        <text class="sub" x="31" y="34">
          {clip(`${state}${took}`, 26)}
        </text>
      </g>
    </a>
  )
}

function curve(from: Placed<unknown>, to: Placed<unknown>): string {
  const [x1, y1, x2, y2] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2, to.x, to.y + NODE_HEIGHT / 2].map(
    Math.round,
  )
  const bend = Math.max(24, (x2! - x1!) / 2)
  return `M${x1} ${y1}C${x1! + bend} ${y1} ${x2! - bend} ${y2} ${x2} ${y2}`
}

function clip(text: string, most: number): string {
  const letters = [...text.slice(0, most * 2)]
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('')
}
