-- A queue's flags: whether it hands out jobs, and whether somebody listens to its events.

-- How long the queue hands out nothing, by its flags `paused` and `suspended`: ms, -2 until it is resumed, -1 for it does.
local function pause_left(flags, now)
  local left = -1
  for i = 1, 2 do
    if flags[i] == 'inf' then return -2 end
    if flags[i] then left = math.max(left, whole(flags[i], 0) - now) end
  end
  return left > 0 and left or -1
end

-- One message a call, whatever the number of events: the time and pairs of id and status.
local function publish(now, events)
  if #events > 0 then call('PUBLISH', base .. 'events', cjson.encode({ now, events })) end
end

local TOLD = { F = 'finished', X = 'failed', S = 'stopped', C = 'canceled' }

local function set_of(list)
  local set = {}
  for _, value in ipairs(list) do set[value] = true end
  return set
end

-- Asked before the step claims. An ending that is none (given back, once more) has put its job into a state that its record
-- tells, and the same step may claim it.
local function add_ended(events, ended, stale)
  local refused, number = set_of(stale), tonumber(ended[1])
  local kind, next_facts, till = nil, 3 * number + 2, 0
  for i = 1, number do
    local id = ended[i + 1]
    if i > till then
      kind, till, next_facts = string.sub(ended[next_facts], 1, 1), till + ended[next_facts + 1], next_facts + 2
    end
    if not refused[id] then events[#events + 1] = { id, TOLD[kind] or status_of(read(id, 'st')[1]) } end
  end
end

-- One for each id that stands at every `stride` of a list.
local function add_started(events, list, stride, stale)
  local refused = set_of(stale)
  for i = 1, #list, stride do
    if not refused[list[i]] then events[#events + 1] = { list[i], 'started' } end
  end
end

-- What an enqueue stored of its jobs: two texts each, of which the id is the first.
local function tell_enqueued(now, texts, refused)
  local events, out = {}, {}
  for _, refusal in ipairs(refused) do out[refusal[1]] = true end
  for i = 1, #texts, 2 do
    local id = texts[i]
    if not out[(i - 1) / 2] then events[#events + 1] = { id, status_of(read(id, 'st')[1]) } end
  end
  publish(now, events)
end
