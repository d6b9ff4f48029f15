#!lua flags=no-writes
-- Looks at a bounded number of jobs of one set, in its order, for those that meet some conditions.
-- KEYS  1 the queue's prefix
-- ARGV  1 JSON: set (a state, `tag:<tag>` or `error:<fingerprint>`), back (from the end), after and score (the job to go on behind, and
--       where it stood), past (of jobs with this score: go on behind all of them), skip, look and limit (jobs to look at, and to answer),
--       bytes (of texts that are read before it stops), and the conditions: state, fn, tag, worker, error, text, from, to
-- Returns {now, jobs in the set, jobs looked at behind `skip`, '1' if there are more, rows (see row.lua), id and score of the last one looked at}
--@include base
--@include over
--@include row
local q = cjson.decode(ARGV[1])
local key = base .. q.set

-- The jobs that workers hold stand in no order: they are listed worker by worker.
local function all_started()
  local ids = {}
  for _, worker in ipairs(call('ZRANGE', base .. 'workers', 0, -1)) do
    if not q.worker or q.worker == worker then
      for _, id in ipairs(call('HKEYS', base .. 'started:' .. worker)) do ids[#ids + 1] = id end
    end
  end
  return ids
end

-- How many come before: of one that is gone by now those that stood before it.
local function place(size)
  if not q.score then return 0 end
  local rank = q.after and call('ZRANK', key, q.after)
  if rank then return q.back and size - rank or rank + 1 end
  local edge = q.past and q.score or '(' .. q.score
  if q.back then return call('ZCOUNT', key, edge, '+inf') end
  return call('ZCOUNT', key, '-inf', edge)
end

local function page()
  if q.set == 'started' then
    local ids, pairs_of = all_started(), {}
    local first = (q.score and tonumber(q.score) or 0) + q.skip
    for i = first + 1, math.min(#ids, first + q.look) do
      pairs_of[#pairs_of + 1] = ids[i]
      pairs_of[#pairs_of + 1] = tostring(i)
    end
    return pairs_of, #ids, first + q.look < #ids
  end
  local size = call('ZCARD', key)
  local first = place(size) + q.skip
  local last = first + q.look - 1
  local found
  if q.back then
    found = call('ZRANGE', key, first, last, 'REV', 'WITHSCORES')
  else
    found = call('ZRANGE', key, first, last, 'WITHSCORES')
  end
  return found, size, last + 1 < size
end

local function has(text, part)
  return text and string.find(text, part, 1, true)
end

-- `./src/tasks#send` as pages and logs show it, `tasks.send`: see displayName in core/function-name.ts.
local function displayed(fn)
  local module, path = string.match(fn, '^(.*)#(.*)$')
  if not module then return fn end
  module = string.gsub(module, '%.[cm]?[jt]sx?$', '')
  local words = { string.match(module, '/([^/]+)/index$') or string.match(module, '[^/]*$') }
  for word in string.gmatch(path, '[^.]+') do
    if word ~= 'prototype' and word ~= 'default' then words[#words + 1] = word end
  end
  return table.concat(words, '.')
end

local function is_named(fn, part)
  return has(fn, part) or has(displayed(fn), part)
end

local function is_tagged(opts, tag)
  if not has(opts, '"tags"') then return false end
  local ok, all = pcall(cjson.decode, opts)
  if not ok or type(all) ~= 'table' or type(all.tags) ~= 'table' then return false end
  for _, each in ipairs(all.tags) do
    if each == tag then return true end
  end
end

local read_bytes = 0

local function is_wanted(id)
  local r = read(id, 'fn', 'st', 'w', 'q', 'on', 'end')
  if not r[1] then return false end
  local created, fn = made_of(r[1])
  if q.state and status_of(r[2]) ~= q.state and q.set ~= q.state then return false end
  if q.fn and not is_named(fn, q.fn) then return false end
  local ended, started, worker = over_of(r[2], r[6])
  if q.worker and q.set ~= 'started' and (worker or r[3]) ~= q.worker then return false end
  if q.from or q.to then
    local time = ended or whole(r[5] or r[4] or created, 0)
    if (q.from and time < q.from) or (q.to and time > q.to) then return false end
  end
  if q.tag and not is_tagged(read(id, 'opts')[1], q.tag) then return false end
  if q.error and not has(read(id, 'err')[1], q.error) then return false end
  if q.text then
    local t = read(id, 'args', 'opts', 'err')
    read_bytes = read_bytes + #(t[1] or '') + #(t[2] or '') + #(t[3] or '')
    return has(id, q.text) or is_named(fn, q.text) or has(t[1], q.text) or has(t[2], q.text) or has(t[3], q.text)
  end
  return true
end

local found, total, more = page()
local rows, looked, last_id, last_score = {}, 0, false, false
for i = 1, #found, 2 do
  if #rows >= q.limit or (q.bytes and read_bytes >= q.bytes) then
    more = true
    break
  end
  looked = looked + 1
  last_id, last_score = found[i], found[i + 1]
  if is_wanted(found[i]) then rows[#rows + 1] = row(found[i], found[i + 1]) end
end
return { clock(), total, looked, more and 1 or 0, rows, last_id, last_score }
