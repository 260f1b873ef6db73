#!/usr/bin/env escript
%% A server by Erlang's ssl that sends back what comes: port, suite, whether sessions are reused, "cert" chain key or "psk"
%% identity key, and the clients' CA where one is required. "suites" names those that it knows, "version" says which it is.

main(["version"]) ->
    {ok, _} = application:ensure_all_started(ssl),
    {ok, Version} = application:get_key(ssl, vsn),
    io:format("~s (OTP ~s)~n", [Version, erlang:system_info(otp_release)]);
main(["suites"]) ->
    {ok, _} = application:ensure_all_started(ssl),
    Known = ssl:cipher_suites(all, 'tlsv1.2') ++ ssl:cipher_suites(anonymous, 'tlsv1.2'),
    [io:format("~s~n", [ssl:suite_to_str(Suite)]) || Suite <- Known];
main([Port, Suite, Reuse | Proof]) ->
    {ok, _} = application:ensure_all_started(ssl),
    logger:set_primary_config(level, error),
    Options =
        [binary, {ip, {127, 0, 0, 1}}, {reuseaddr, true}, {active, false}, {versions, ['tlsv1.2']}, {ciphers, [ssl:str_to_suite(Suite)]},
         {reuse_sessions, list_to_atom(Reuse)}]
        ++ proof(Proof),
    {ok, Listener} = ssl:listen(list_to_integer(Port), Options),
    accept(Listener).

proof(["psk", Identity, Key]) ->
    Secret = binary:decode_hex(list_to_binary(Key)),
    Known = list_to_binary(Identity),
    Lookup = fun(psk, Name, _) when Name =:= Known -> {ok, Secret}; (_, _, _) -> error end,
    [{psk_identity, "plant"}, {user_lookup_fun, {Lookup, none}}];
proof(["cert", Chain, Key]) -> [{certfile, Chain}, {keyfile, Key}];
proof(["cert", Chain, Key, CA]) ->
    [{certfile, Chain}, {keyfile, Key}, {cacertfile, CA}, {verify, verify_peer}, {fail_if_no_peer_cert, true}, {depth, 8}].

accept(Listener) ->
    {ok, Socket} = ssl:transport_accept(Listener),
    Pid = spawn(fun() -> receive go -> serve(Socket) end end),
    ssl:controlling_process(Socket, Pid),
    Pid ! go,
    accept(Listener).

serve(Socket) ->
    case ssl:handshake(Socket, 30000) of
        {ok, Connection} -> echo(Connection);
        Problem -> io:format("~p~n", [Problem])
    end.

echo(Connection) ->
    case ssl:recv(Connection, 0) of
        {ok, Data} -> ssl:send(Connection, Data), echo(Connection);
        _ -> ssl:close(Connection)
    end.
