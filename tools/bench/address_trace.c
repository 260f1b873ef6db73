// A QEMU plugin that sums up what native code on an emulated board does: the instructions it executes, the accesses it makes, and a hash over
// the order of both, program counter and address by program counter and address. Machine code loaded from .mpy lies on the heap, on Xtensa in
// memory of its own, the firmware's own elsewhere, so this sees the kernels alone. tools/bench/address_trace.py builds and reads it, and says
// where that is: out=FILE,from=ADDRESS,to=ADDRESS, in decimal digits.
#include "plugin.h"

static u64 start, end; // of the machine code
static volatile u64 *sums; // instructions, accesses, hash

static void mix(u64 value) {
    sums[2] = (sums[2] ^ value) * 0x100000001b3ull; // FNV-1a's multiplier, a word at a time
}

static void executed(u32 cpu, void *pc) {
    sums[0]++;
    mix((u64)pc);
}

static void accessed(u32 cpu, u32 info, u64 address, void *pc) {
    sums[1]++;
    mix(address << 1 | 1);
}

static void translated(u64 id, struct tb *tb) {
    for (size i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct insn *insn = qemu_plugin_tb_get_insn(tb, i);
        u64 pc = qemu_plugin_insn_vaddr(insn);
        if (pc >= start && pc < end) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, (void *)pc);
            qemu_plugin_register_vcpu_mem_cb(insn, accessed, NO_REGISTERS, READS_AND_WRITES, (void *)pc);
        }
    }
}

SEEN int qemu_plugin_install(u64 id, const void *info, int count, char **arguments) {
    if (count != 3 || strncmp(arguments[0], "out=", 4) || strncmp(arguments[1], "from=", 5) || strncmp(arguments[2], "to=", 3)) {
        return 1;
    }
    start = number(arguments[1] + 5);
    end = number(arguments[2] + 3);
    sums = shared(arguments[0] + 4, 24);
    if (!sums) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
