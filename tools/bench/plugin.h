// What the plugins for QEMU share. Nothing else is included: QEMU's interface (docs/devel/tcg-plugins.rst, version 1) and three functions of the C
// library are declared here, so that a compiler is all it takes.
typedef unsigned int u32;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;

struct insn;
struct tb;
size qemu_plugin_tb_n_insns(const struct tb *tb);
struct insn *qemu_plugin_tb_get_insn(const struct tb *tb, size index);
u64 qemu_plugin_insn_vaddr(const struct insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(u64 id, void (*callback)(u64 id, struct tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct insn *insn, void (*callback)(u32 cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct insn *insn, void (*callback)(u32 cpu, u32 info, u64 address, void *data), int flags, int rw, void *data);
u32 qemu_plugin_mem_size_shift(u32 info);

int open(const char *path, int flags, ...);
void *mmap(void *address, size length, int protection, int flags, int file, long offset);
int strncmp(const char *a, const char *b, size n);

#define O_RDWR 2
#define PROT_READ_WRITE 3
#define MAP_SHARED 1
#define NO_REGISTERS 0
#define READS_AND_WRITES 3

#define SEEN __attribute__((visibility("default"))) // by QEMU

SEEN int qemu_plugin_version = 1;

static u64 number(const char *digits) {
    u64 value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++) {
        value = value * 10 + (*digits - '0');
    }
    return value;
}

// A file's first octets, which the host reads while the board stands still; 0 where that fails
static u64 *shared(const char *path, size length) {
    int file = open(path, O_RDWR);
    void *found = file < 0 ? (void *)0 : mmap(0, length, PROT_READ_WRITE, MAP_SHARED, file, 0);
    return (size)found == (size)-1 ? 0 : found;
}
