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

-- Adds an event for each id at every `stride` of a list that is JSON, but for those that were refused.
local function add_events(events, list, stride, stale, status_of)
  if list == '' then return end
  local refused = {}
  for _, id in ipairs(stale) do refused[id] = true end
  list = cjson.decode(list)
  for i = 1, #list, stride do
    if not refused[list[i]] then events[#events + 1] = { list[i], status_of(list[i], list[i + 2]) } end
  end
end

-- Asked before the step claims. An ending that is none (given back, once more) has put its job into a state that its record
-- tells, and the same step may claim it.
local function add_ended(events, ended, stale)
  add_events(events, ended, 4, stale, function(id, facts)
    return TOLD[string.sub(facts, 1, 1)] or read(id, 'st')[1] or 'queued'
  end)
end

local function add_started(events, list, stride, stale)
  add_events(events, list, stride, stale, function() return 'started' end)
end

-- What an enqueue stored: five values a job, the first its id.
local function tell_enqueued(now, list, refused)
  local events, out = {}, {}
  for _, refusal in ipairs(refused) do out[refusal[1]] = true end
  for i = 1, #list, 5 do
    if not out[(i - 1) / 5] then events[#events + 1] = { list[i], read(list[i], 'st')[1] or 'queued' } end
  end
  publish(now, events)
end
