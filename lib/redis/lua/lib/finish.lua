-- Records how claimed jobs ended. An ending counts only while the worker's claim stands: its lease may have run out and another
-- worker taken over.

-- The state that a kind of ending leaves a job in, and where its payload goes; nothing where the job goes on.
local function state_of(kind)
  if kind == 'F' then return 'finished', 'res' end
  if kind == 'X' then return 'failed', 'err' end
  if kind == 'S' then return 'stopped', 'err' end
  if kind == 'C' then return 'canceled', 'why' end
end

-- What endings have in common, out of one text: `kind, ms since it ended, ms it ran, attempt, ttl or delay, aux, at the front`, and of a failure
-- its fingerprint. Times are written out once for all of them.
local function facts_of(text, worker, now)
  local kind, ago, ran, attempt, ttl, aux, front, cause = string.match(text, '^(%u) (%d+) (%d+) (%d+) (-?%d+) (%d) (%d) ?(%x*)$')
  local status, field = state_of(kind)
  local ended, n, ms, has_aux, failed_by = text_of(now - ago), tonumber(attempt), tonumber(ttl), aux == '1', cause ~= '' and cause
  local expires = ms > 0 and text_of(now + ms)
  return {
    kind = kind, attempt = n, ttl = ms, aux = has_aux, front = front == '1', cause = failed_by, ended = ended, ran = ran, expires = expires,
    status = status, field = field,
    -- Four facts in one field: of what every job pays for at its end, fields are the dearest.
    over = status and status .. ' ' .. ended .. ' ' .. ran .. ' ' .. worker,
    -- As most end, with nothing to do but to write it down.
    plain = status and expires and not has_aux and n <= 1 and not failed_by,
  }
end

local function is_there(id)
  local r = read(id, 'fn', 'args')
  return r[1] or r[2]
end

-- Given back: where it stood, its attempt uncounted. Of one that has begun the time to wait in the queue is over. Answers its place.
local function give_back(id, key, token, never_ran)
  local begun = call('HGET', key, 'st') == 'started'
  leave_limit(id, never_ran or not begun)
  if begun then
    local counted = whole(call('HGET', key, 'n'), 1)
    call('HDEL', key, 'st', 'on', 'w')
    if not never_ran then call('HDEL', key, 'x') end
    if counted > 1 then call('HSET', key, 'n', counted - 1) else call('HDEL', key, 'n') end
  end
  return text_of(place_of(token))
end

-- The same for a job that its worker cannot run: it waits a little, so that others have it and this one does not spin on it.
local function put_off(id, key, token, f)
  give_back(id, key, token, true)
  call('HSET', key, 'st', 'scheduled', 'due', f.expires)
  call('ZADD', base .. 'scheduled', f.expires, id)
end

-- What the history says of a run that another one follows, and where that is counted: after a failure, as its job asked, after a success, or
-- put off.
local function again_of(kind)
  if kind == 'R' then return 'failed', 'retried' end
  if kind == 'Q' then return 'retried', 'retried' end
  if kind == 'P' then return 'finished', 'repeated' end
  if kind == 'Z' then return 'snoozed', 'snoozed' end
  if kind == 'W' then return 'slept', 'snoozed' end
end

-- Its time to wait in the queue was for the first run. A repetition has all its attempts, and what was kept for retries is over; a retry
-- has one attempt less, and a job that puts itself off as many as before.
local function run_again(id, key, f, outcome, worker, payload, now)
  local repeats = f.kind == 'P'
  leave_limit(id)
  keep_run(id, f.attempt, worker, f.ended - f.ran, f.ended, outcome, not repeats and payload, repeats and payload)
  call('HDEL', key, 'st', 'on', 'w', 'x', 'front')
  if repeats then
    call('HDEL', key, 'n', 'rc', 'al', 'sn')
    if f.aux then call('UNLINK', base .. 'steps:' .. id) end
    add_to_field(key, 'rp', 1)
  elseif f.kind == 'Z' or f.kind == 'W' then
    if f.attempt > 1 then call('HSET', key, 'n', f.attempt - 1) else call('HDEL', key, 'n') end
    if f.kind == 'Z' then add_to_field(key, 'sn', 1) end
  else
    call('HSET', key, 'n', f.attempt)
  end
  if f.ttl > 0 then
    call('HSET', key, 'st', 'scheduled', 'due', f.expires)
    if f.front then call('HSET', key, 'front', 1) end
    call('ZADD', base .. 'scheduled', f.expires, id)
  else
    call('HSET', key, 'q', now)
    into_queue(id, call('HGET', key, 'pr'), f.front)
  end
end

-- How many there are; all their ids, all tokens, all payloads; and of those in a row that have the same facts, these and how many they are.
-- Answers the ids that were refused.
local function finish(worker, list, now)
  local mine, number = base .. 'started:' .. worker, tonumber(list[1])
  local tokens_at, payloads_at = number + 1, 2 * number + 1
  local stale, records, set_fields, set_expiry = {}, job_key(''), try, call
  local tokens = call('HMGET', mine, unpack(list, 2, tokens_at))
  -- Of many it is asked first whether any is watched at all.
  local watched = (number <= 8 or call('EXISTS', base .. 'watched') == 1) and call('HMGET', base .. 'watched', unpack(list, 2, tokens_at))
  local ended, counts, queued, done, goes_on = {}, {}, {}, nil, false
  local known, next_facts, till = {}, 3 * number + 2, 0
  local f, set, size, plain, over, field, expires
  for i = 1, number do
    local id, token, payload = list[i + 1], list[tokens_at + i], list[payloads_at + i]
    if i > till then
      local facts = list[next_facts]
      f, till, next_facts = known[facts] or facts_of(facts, worker, now), till + list[next_facts + 1], next_facts + 2
      known[facts] = f
      plain, over, field, expires = f.plain, f.over, f.field, f.expires
      set = f.status and (ended[f.status] or {})
      if set then ended[f.status], size = set, #set end
    end
    local mark = tokens[i]
    if token ~= mark and not (mark and token == '*') then
      -- Nearly always all of them are held, and go as they came.
      if #stale == 0 then done = { unpack(list, 2, i) } end
      stale[#stale + 1] = id
    else
      if done then done[#done + 1] = id end
      local key = records .. id
      local watch = watched and watched[i]
      if plain and not watch then
        local reply = set_fields('HSET', key, 'st', over, field, payload)
        if reply ~= 2 and type(reply) == 'table' then put(key, 'st', over, field, payload) end
        set_expiry('PEXPIREAT', key, expires)
        set[size + 1] = expires
        size = size + 2
        set[size] = id
      elseif f.status then
        if f.ttl ~= 0 or watch then
          put(key, 'st', over, field, payload)
          if f.attempt > 1 then call('HSET', key, 'n', f.attempt) end
        end
        local score = conclude(id, f.status, now, f.ttl, f.aux, watch, payload)
        if score then
          set[size + 1] = score
          size = size + 2
          set[size] = id
          if f.cause then pcall(note_failure, id, f.cause, payload, now) end
        else
          counts[f.status] = (counts[f.status] or 0) + 1
        end
      elseif not is_there(id) then
        write_off(id)
      elseif again_of(f.kind) then
        local outcome, counter = again_of(f.kind)
        counts[counter] = (counts[counter] or 0) + 1
        goes_on = true
        run_again(id, key, f, outcome, worker, payload, now)
      elseif f.kind == 'L' and f.expires then
        put_off(id, key, tokens[i], f)
      else
        -- `A` also marks it to run alone from now on.
        if f.kind == 'A' then call('HSET', key, 'al', 1) end
        local n = #queued
        queued[n + 1] = give_back(id, key, tokens[i])
        queued[n + 2] = id
      end
    end
  end
  if not done then
    call('HDEL', mine, unpack(list, 2, tokens_at))
  elseif #done > 0 then
    call('HDEL', mine, unpack(done))
  end
  for status, all in pairs(ended) do
    if #all > 0 then
      call('ZADD', base .. status, unpack(all))
      counts[status] = (counts[status] or 0) + #all / 2
    end
  end
  for name, number in pairs(counts) do count(name, number) end
  if #queued > 0 then call('ZADD', base .. 'queued', unpack(queued)) end
  if #queued > 0 or goes_on then ring() end
  return stale
end
