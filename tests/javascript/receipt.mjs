// A holder with a wallet that knows nothing of us: reads a receipt, moves part of it to another one, splits it, gives a
// part away, and reads a certificate. `node receipt.mjs URL CONTRACT RECEIPT OTHER TO` with the holder's key in KEY;
// prints what it saw as JSON.
import { Contract, JsonRpcProvider, Wallet } from "ethers";

const [url, address, receipt, other, to] = process.argv.slice(2);
const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, pollingInterval: 50 });
const wallet = new Wallet(process.env.KEY, provider);
const abi = [
  "function ownerOf(uint256) view returns (address)",
  "function slotOf(uint256) view returns (uint256)",
  "function balanceOf(uint256) view returns (uint256)",
  "function tokenURI(uint256) view returns (string)",
  "function transferFrom(uint256 from, uint256 to, uint256 units)",
  "function split(uint256 receipt, uint256[] units) returns (uint256[])",
  "function safeTransferFrom(address from, address to, uint256 receipt)",
  "event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
  "error ERC721NonexistentToken(uint256 tokenId)",
];
const contract = new Contract(address, abi, wallet);

const units = async (id) => (await contract["balanceOf(uint256)"](id)).toString();
const seen = {
  chain: (await provider.getNetwork()).chainId.toString(),
  owner: await contract.ownerOf(receipt),
  slot: (await contract.slotOf(receipt)).toString(),
  before: [await units(receipt), await units(other)],
};

await (await contract["transferFrom(uint256,uint256,uint256)"](receipt, other, 1_000n)).wait();
seen.moved = [await units(receipt), await units(other)];

const done = await (await contract.split(receipt, [2_000n, 3_000n])).wait();
const made = done.logs
  .map((log) => contract.interface.parseLog(log))
  .filter((event) => event?.name === "Transfer")
  .map((event) => event.args.tokenId.toString());
seen.parts = [await units(receipt), ...(await Promise.all(made.map(units)))];

await (await contract.safeTransferFrom(wallet.address, to, made[0])).wait();
seen.made = made;
seen.owners = await Promise.all(made.map((id) => contract.ownerOf(id)));
seen.uri = await contract.tokenURI(made[0]);

try {
  await contract["transferFrom(uint256,uint256,uint256)"](receipt, other, 10n ** 12n);
} catch (error) {
  seen.refused = error.code;
  seen.data = error.data;
}
console.log(JSON.stringify(seen));
provider.destroy();
