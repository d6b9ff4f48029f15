#!lua flags=allow-oom
-- Queues ended jobs again, with a full set of attempts. The run that ended is kept among its runs.
-- KEYS  1 the queue's prefix
-- ARGV  1 '1' for the front  2... ids
-- Returns for each id: 'queued', 'deferred', its state where that does not allow it, 'gone', or 'owing' while callbacks of its end are
-- still to be delivered: the caller does that, and asks again
--@include base
--@include place
--@include conclude
--@include over
probe()
local now = clock()
local answers = {}
for i = 2, #ARGV do
  local id, key = ARGV[i], job_key(ARGV[i])
  local r = read(id, 'fn', 'st', 'n', 'w', 'on', 'end', 'err', 'pr', 'need', 'uq', 'lk', 'fx', 'nx')
  local st = status_of(r[2])
  if not r[1] then
    answers[#answers + 1] = 'gone'
  elseif st ~= 'failed' and st ~= 'stopped' and st ~= 'canceled' then
    answers[#answers + 1] = st
  elseif r[12] and call('ZSCORE', base .. 'outbox', 'fx:' .. id) then
    answers[#answers + 1] = 'owing'
  else
    call('ZREM', base .. st, id)
    if st == 'failed' then pcall(leave_indexes, id, 'error:') end
    call('ZREM', base .. 'outbox', 'deps:' .. id)
    local ended, started, worker = over_of(r[2], r[6])
    started = started or whole(r[5])
    if started then keep_run(id, whole(r[3], 1), worker or r[4] or '', started, ended or now, st, r[7]) end
    call('HDEL', key, 'st', 'n', 'w', 'on', 'end', 'err', 'res', 'why', 'rc', 'al', 'x', 'due', 'lp', 'nx', 'sn')
    add_to_field(key, 'rq', 1)
    call('PERSIST', key)
    for _, name in ipairs({ 'runs:', 'parents:', 'log:', 'steps:', 'told:' }) do call('PERSIST', base .. name .. id) end
    local watch = r[13] or ''
    if call('EXISTS', base .. 'dependents:' .. id) == 1 then watch = '+,' .. watch end
    if r[10] or r[11] or r[12] then watch = '!,' .. watch end
    if watch ~= '' then call('HSET', base .. 'watched', id, watch) end
    -- Another job may have taken the key meanwhile, and keeps it.
    if r[10] then call('SET', base .. 'unique:' .. r[10], id, 'NX') end
    if r[9] then
      -- Canceled while it waited for parents: they are asked anew.
      local parents = call('HGETALL', base .. 'parents:' .. id)
      for p = 1, #parents, 2 do
        local letter = string.sub(parents[p + 1], 1, 1)
        if letter ~= 'd' and letter ~= 'e' then
          call('HSET', base .. 'parents:' .. id, parents[p], 'n' .. string.sub(parents[p + 1], 2, 2))
        end
      end
      call('HSET', key, 'st', 'deferred')
      call('ZADD', base .. 'deferred', now, id)
      call('ZADD', base .. 'outbox', now, 'reg:' .. id)
      answers[#answers + 1] = 'deferred'
    else
      call('HSET', key, 'q', now)
      into_queue(id, r[8], ARGV[1] == '1')
      answers[#answers + 1] = 'queued'
    end
    count('requeued', 1)
  end
end
ring()
return answers
